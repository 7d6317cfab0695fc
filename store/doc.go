// Package store keeps a workspace in SQLite or PostgreSQL from one SQL text.
//
// Every statement is written once, in PostgreSQL's dialect with $N
// placeholders; a dialect value of a few members renders it for the database
// at hand. There is no store interface and no mock: tests use real databases.
//
// There are two verbs, View and Update. Inside them, methods of Tx do one
// thing each for many rows at once; there is one file a noun. The function
// given to Update may run again after a serialization failure, so it touches
// nothing but its Tx and values that it sets anew. No network call is made
// inside.
package store
