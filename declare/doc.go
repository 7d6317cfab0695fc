// Package declare reads the documents in which a workspace is declared: YAML
// with apiVersion fettle/v1 and a kind. It is strict: an unknown key, a key
// that is there twice or a value of the wrong type is an error that names the
// document, the line, the key and the key that was probably meant. It checks
// form only; whether a field or an audience exists is the engine's to say.
package declare
