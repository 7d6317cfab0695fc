// Package csv reads tables that people upload (CSV, TSV, semicolons, pipes,
// XLSX) as a stream in constant memory, writes them, and guesses which column
// belongs to which field. It knows nothing of records: a row that cannot be
// read comes out with the reason why, and the reader goes on.
package csv
