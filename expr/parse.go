package expr

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/parser"
	"golang.org/x/text/unicode/norm"

	"fettle"
)

// source is one parsed expression; its errors name their place in it.
type source struct {
	text   string
	tree   *ast.AST
	line   int // of the expression's start in a template, from 0
	column int
}

func newParser(macros []parser.Macro) (*parser.Parser, error) {
	p, err := parser.NewParser(
		parser.Macros(macros...),
		parser.MaxRecursionDepth(200),
		parser.MaxExpressionNodeCount(MaxSourceBytes),
		parser.ErrorReportingLimit(1),
		parser.PopulateMacroCalls(true),
	)
	if err != nil {
		return nil, fettle.Errorf(fettle.Internal, "make the parser of expressions: %w", err)
	}
	return p, nil
}

// parse reads text, which begins at the given line and column of a template.
func (e *Env) parse(text string, line, column int) (*source, error) {
	s := &source{text: text, line: line, column: column}
	if len(text) > MaxSourceBytes {
		return nil, s.at(1, 0, "the expression has %d bytes, more than %d", len(text), MaxSourceBytes).WithHint("Split it into smaller parts.")
	}
	if !utf8.ValidString(text) {
		return nil, s.at(1, 0, "the expression is not UTF-8").WithHint("Save it as UTF-8.")
	}
	if strings.TrimSpace(text) == "" {
		return nil, s.at(1, 0, "the expression is empty").WithHint("Write a field, such as name, or an expression over fields.")
	}
	if !ascii(text) {
		text = norm.NFC.String(text) // as stored values are
		s.text = text
	}
	p, err := e.parserFor(text)
	if err != nil {
		return nil, err
	}
	tree, errs := p.Parse(common.NewTextSource(text))
	if errs != nil && len(errs.GetErrors()) > 0 {
		return nil, s.syntaxError(errs.GetErrors()[0])
	}
	s.tree = tree
	if ast.ExceedsDepth(tree, maxDepth) {
		return nil, s.at(1, 0, "the expression is nested more than %d deep", maxDepth).WithHint("Split it into smaller parts.")
	}
	return s, nil
}

// parserFor knows the macros of the math functions only where they are used:
// they need CEL's whole environment.
func (e *Env) parserFor(text string) (*parser.Parser, error) {
	if !strings.Contains(text, "math.") {
		return e.parser, nil
	}
	env, err := e.islands()
	if err != nil {
		return nil, err
	}
	return newParser(macros(env.Macros()))
}

// at makes an error that names its place. Lines count from 1, columns from 0
// here and from 1 in the message.
func (s *source) at(line, column int, format string, args ...any) *fettle.Error {
	if line <= 1 {
		column += s.column
	}
	line, column = max(line, 1)+s.line, max(column, 0)+1
	err := fettle.Errorf(fettle.Invalid, format, args...)
	err.Message = "line " + itoa(line) + ", column " + itoa(column) + ": " + err.Message
	return err.With("line", line).With("column", column)
}

// errorf makes an error at an expression.
func (s *source) errorf(e ast.Expr, format string, args ...any) *fettle.Error {
	loc := s.tree.SourceInfo().GetStartLocation(e.ID())
	return s.at(loc.Line(), loc.Column(), format, args...)
}

// wrap names the place of an error that was made elsewhere.
func (s *source) wrap(e ast.Expr, err *fettle.Error) *fettle.Error {
	placed := s.errorf(e, "%w", err).WithHint("%s", err.Hint)
	for k, v := range err.Details {
		placed = placed.With(k, v)
	}
	return placed
}

// snippet is the expression as text, for messages and explanations.
func (s *source) snippet(e ast.Expr) string {
	text, err := parser.Unparse(e, s.tree.SourceInfo(), parser.WrapOnColumn(MaxSourceBytes))
	if err != nil {
		return s.text
	}
	return text
}

var (
	plainWords = strings.NewReplacer("mismatched input '<EOF>'", "it ends too early", "'<EOF>'", "the end",
		"token recognition error at: ", "unexpected ", "mismatched input", "unexpected", "extraneous input", "unexpected")
	singleEquals = regexp.MustCompile(`[^=!<>]=[^=]`)
	wordOperator = regexp.MustCompile(`(?i)(^|\s)(and|or|not)\s`)
	sqlLike      = regexp.MustCompile(`(?i)\s(like|is)\s`)
)

// syntaxError makes the parser's message readable and guesses the slip.
func (s *source) syntaxError(e *common.Error) *fettle.Error {
	message := strings.TrimPrefix(e.Message, "Syntax error: ")
	message, _, _ = strings.Cut(message, " expecting ")
	message = plainWords.Replace(message)
	err := s.at(e.Location.Line(), e.Location.Column(), "the expression cannot be read: %s", message)
	switch {
	case singleEquals.MatchString(s.text):
		return err.WithHint("Write == to compare.")
	case wordOperator.MatchString(s.text):
		return err.WithHint("Write && for and, || for or, ! for not.")
	case sqlLike.MatchString(s.text):
		return err.WithHint(`Write title.contains("…"), startsWith or endsWith; filled(title) or blank(title).`)
	}
	return err.WithHint(`Expressions look like title.contains("engineer") && company.location == "Berlin".`)
}
