// Command testtables prints the cases of table-driven tests as JSON lines: texts in a field `input`, positive where the
// field `want` lists something. Expressions of constants, variables of the file, joints and fmt.Sprintf are worked out.
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
)

type testCase struct {
	Rule, Path, Text string
	Positive         bool
}

// values maps the names of one file to the expressions they stand for.
type values map[string]ast.Expr

func main() {
	files, _ := filepath.Glob(filepath.Join(os.Args[1], "*", "*_test.go"))
	nested, _ := filepath.Glob(filepath.Join(os.Args[1], "*", "*", "*_test.go"))
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	for _, file := range append(files, nested...) {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			continue
		}
		known := named(parsed)
		ast.Inspect(parsed, func(node ast.Node) bool {
			if literal, ok := node.(*ast.CompositeLit); ok {
				if text, positive, ok := known.testCase(literal); ok {
					rule, _ := filepath.Rel(os.Args[1], filepath.Dir(file))
					_ = encoder.Encode(testCase{Rule: rule, Text: text, Positive: positive})
				}
			}
			return true
		})
	}
}

func named(file *ast.File) values {
	known := values{}
	ast.Inspect(file, func(node ast.Node) bool {
		switch one := node.(type) {
		case *ast.ValueSpec:
			for place, name := range one.Names {
				if place < len(one.Values) {
					known[name.Name] = one.Values[place]
				}
			}
		case *ast.AssignStmt:
			for place, left := range one.Lhs {
				if name, ok := left.(*ast.Ident); ok && len(one.Lhs) == len(one.Rhs) {
					known[name.Name] = one.Rhs[place]
				}
			}
		}
		return true
	})
	return known
}

func (known values) testCase(literal *ast.CompositeLit) (text string, positive bool, ok bool) {
	var input, want ast.Expr
	for _, element := range literal.Elts {
		if pair, isPair := element.(*ast.KeyValueExpr); isPair {
			switch fmt.Sprint(pair.Key) {
			case "input":
				input = pair.Value
			case "want":
				want = pair.Value
			}
		}
	}
	if input == nil {
		return "", false, false
	}
	text, ok = known.text(input, 8)
	list, listed := want.(*ast.CompositeLit)
	return text, listed && len(list.Elts) > 0, ok
}

func (known values) text(expression ast.Expr, depth int) (string, bool) {
	if depth == 0 {
		return "", false
	}
	switch one := expression.(type) {
	case *ast.BasicLit:
		if one.Kind == token.STRING {
			text, err := strconv.Unquote(one.Value)
			return text, err == nil
		}
		return one.Value, true
	case *ast.Ident:
		held, ok := known[one.Name]
		if !ok {
			return "", false
		}
		return known.text(held, depth-1)
	case *ast.BinaryExpr:
		left, fine := known.text(one.X, depth-1)
		right, good := known.text(one.Y, depth-1)
		return left + right, fine && good && one.Op == token.ADD
	case *ast.CallExpr:
		return known.formatted(one, depth)
	}
	return "", false
}

func (known values) formatted(call *ast.CallExpr, depth int) (string, bool) {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != "Sprintf" || len(call.Args) == 0 {
		return "", false
	}
	texts := make([]any, len(call.Args))
	for place, argument := range call.Args {
		text, ok := known.text(argument, depth-1)
		if !ok {
			return "", false
		}
		texts[place] = text
	}
	return fmt.Sprintf(texts[0].(string), texts[1:]...), true
}
