// Package mcp lets AI agents work with a server by the Model Context Protocol. Each
// tool is a call of the client, made with the token of whoever speaks: its role and
// its limit hold. Reading is free. What spends is quoted first, and confirmed once,
// with the most that it may spend. No tool raises a limit or approves.
package mcp
