"""Places in programs that a fix leaves to a person: each with the reason that the plan shows."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from remediation import programs
from remediation.errors import NotRewritable
from scanner.model import Span
from strongroom.kernel.secretvalue import SecretValue
from tests.unit.remediation.building import made_up

GO_MOD = {"go.mod": b"module example.com/shop\n"}


def reason(path: str, text: str, others: Mapping[str, bytes]) -> str:
    """Return why VALUE is left where it stands in a text; empty where it can be rewritten."""
    value = made_up(31, 20)
    data = text.replace("VALUE", value).encode()
    start = data.find(value.encode())
    span = Span(start=start, end=start + len(value))
    try:
        programs.judge(path, {path: data, **others}, span, SecretValue(value))
    except NotRewritable as refusal:
        assert value not in refusal.reason
        return refusal.reason
    return ""


GO = {
    "a struct tag": ('type T struct {\n\tA string `json:"VALUE"`\n}', "a struct tag"),
    "a case label": ('func f(x string) {\n\tswitch x {\n\tcase "VALUE":\n\t}\n}', "a case label"),
    "a key of a map": ('var m = map[string]bool{"VALUE": true}', "the key of a map"),
    "an index": ('func f(m map[string]int) int { return m["VALUE"] }', "the key of a map"),
    "a comment": ("// VALUE\nvar x = 1", "not in a string literal"),
    "a constant that makes another": ('const a = "VALUE"\n\nconst b = a + "x"', "another constant is made of it"),
    "a constant that sizes an array": ('const a = "VALUE"\n\nvar b [len(a)]byte', "the size of an array"),
    "a constant in a case": (
        'const a = "VALUE"\n\nfunc f(x string) {\n\tswitch x {\n\tcase a:\n\t}\n}',
        "it is a case label",
    ),
    "a constant among those that count": ('const (\n\ta = iota\n\tb = "VALUE"\n)', "iota"),
    "a constant that the next repeats": ('const (\n\ta = "VALUE"\n\tb\n)', "iota"),
    "a constant that stands for a named type": (
        'type Token string\n\nconst a = "VALUE"\n\nfunc f(x int, t Token) {}\n\nfunc g() { f(1, a) }',
        "it stands for a value of the type Token",
    ),
    "a local constant that nothing reads": ('func f() {\n\tconst a = "VALUE"\n}', "nothing reads the constant"),
}


@pytest.mark.parametrize("name", GO)
def test_a_place_in_go_is_left_with_its_reason(name: str) -> None:
    text, expected = GO[name]

    assert expected in reason("shop.go", f"package shop\n\n{text}\n", GO_MOD)


JAVA = {
    "an annotation's argument": ('@Named("VALUE")\n    void f() {}', "an annotation takes constants only"),
    "a case label": ('void f(String x) { switch (x) { case "VALUE": return; default: } }', "a case label"),
    "a constant in an annotation": (
        'static final String A = "VALUE";\n    @Named(A)\n    void f() {}',
        "an annotation takes it (Shop.java:5)",
    ),
    "a constant in a constant in an annotation": (
        'static final String A = "VALUE";\n    static final String B = A + "x";\n    @Named(B)\n    void f() {}',
        "an annotation takes it (Shop.java:6)",
    ),
    "a constant in a case": (
        'static final String A = "VALUE";\n    void f(String x) { switch (x) { case A: return; default: } }',
        "it is a case label",
    ),
    "a text block that is a format": (
        'String f() { return """\n        %s VALUE\n        """.formatted("a"); }',
        "the text is a format",
    ),
    "a format whose arguments are numbered": (
        'String f(String x) { return String.format("%1$s:VALUE@%1$s", x); }',
        "the text is a format",
    ),
    "a comment": ("// VALUE", "not in a string literal"),
}


@pytest.mark.parametrize("name", JAVA)
def test_a_place_in_java_is_left_with_its_reason(name: str) -> None:
    text, expected = JAVA[name]

    assert expected in reason("Shop.java", f"package shop;\n\nclass Shop {{\n    {text}\n}}\n", {})


def test_a_constant_of_java_is_left_where_another_class_needs_it() -> None:
    others = {"Other.java": b"package shop;\n\n@Named(Shop.TOKEN)\nclass Other {}\n"}
    text = 'package shop;\n\nclass Shop {\n    static final String TOKEN = "VALUE";\n}\n'

    assert "an annotation takes it (Other.java:3)" in reason("Shop.java", text, others)


KOTLIN = {
    "an annotation's argument": ('@Named("VALUE")\nfun f() {}', "an annotation takes constants only"),
    "the default of an annotation's argument": (
        'annotation class A(val name: String = "VALUE")',
        "an annotation takes constants only",
    ),
    "a branch": ('fun f(x: String) = when (x) {\n    "VALUE" -> 1\n    else -> 2\n}', "a branch is chosen by its text"),
    "a format": ('fun f(x: String) = "Bearer VALUE %s".format(x)', "the text is a format"),
    "the key of a map": ('fun f(m: Map<String, Int>) = m["VALUE"]', "the key of a map"),
    "a constant in an annotation": (
        'const val A = "VALUE"\n\n@Named(A)\nfun f() {}',
        "an annotation takes it (Shop.kt:5)",
    ),
    "a constant that makes another": ('const val A = "VALUE"\nconst val B = A + "x"', "another constant is made of it"),
}


@pytest.mark.parametrize("name", KOTLIN)
def test_a_place_in_kotlin_is_left_with_its_reason(name: str) -> None:
    text, expected = KOTLIN[name]

    assert expected in reason("Shop.kt", f"package shop\n\n{text}\n", {})


def test_a_constant_of_kotlin_is_left_where_an_annotation_of_java_needs_it() -> None:
    others = {"Other.java": b"package shop;\n\n@Named(ShopKt.TOKEN)\nclass Other {}\n"}

    assert "Other.java needs it" in reason("Shop.kt", 'package shop\n\nconst val TOKEN = "VALUE"\n', others)


CSHARP = {
    "an attribute's argument": ('[Named("VALUE")] void F() {}', "an attribute takes constants only"),
    "a case label": ('void F(string x) { switch (x) { case "VALUE": break; } }', "a pattern is compared with"),
    "a format": ('string F(string x) => string.Format("Bearer VALUE {0}", x);', "the text is a format"),
    "a pattern": ('bool F(string x) => x is "VALUE";', "a pattern is compared with"),
    "the default of a parameter": ('void F(string x = "VALUE") {}', "the default of a parameter"),
    "the key of a dictionary": ('int F(dynamic m) => m["VALUE"];', "the key of a dictionary"),
    "a constant in an attribute": (
        'const string A = "VALUE"; [Named(A)] void F() {}',
        "an attribute takes it (Shop.cs:3)",
    ),
    "a constant in a case": (
        'const string A = "VALUE"; void F(string x) { switch (x) { case A: break; } }',
        "it is a case label or a pattern",
    ),
    "a constant as a default": ('const string A = "VALUE"; void F(string x = A) {}', "the default of a parameter"),
    "a constant that makes another": (
        'const string A = "VALUE"; const string B = A + "x";',
        "another constant is made",
    ),
    "a constant beside one that is needed": (
        'const string A = "VALUE", B = "x"; [Named(B)] void F() {}',
        "B has to stay a constant: an attribute takes it",
    ),
    "a constant that an initializer above it reads": (
        'static readonly string B = A + "x"; const string A = "VALUE";',
        "an initializer above it reads it",
    ),
}


@pytest.mark.parametrize("name", CSHARP)
def test_a_place_in_csharp_is_left_with_its_reason(name: str) -> None:
    text, expected = CSHARP[name]

    assert expected in reason("Shop.cs", f"class Shop\n{{\n    {text}\n}}\n", {})


def test_a_project_of_the_old_form_is_left() -> None:
    project = {
        "Shop.csproj": b'<Project ToolsVersion="15.0"><ItemGroup><Compile Include="Shop.cs" /></ItemGroup></Project>'
    }

    assert "names each of its files" in reason("Shop.cs", 'class Shop { string a = "VALUE"; }', project)


def test_an_exported_constant_of_go_is_left_where_another_package_needs_a_constant() -> None:
    others = {**GO_MOD, "other/x.go": b'package other\n\nimport "example.com/shop"\n\nconst a = "v" + shop.Token\n'}

    assert "another constant" in reason("shop.go", 'package shop\n\nconst Token = "VALUE"\n', others)


def test_go_without_a_module_is_left() -> None:
    assert "go mod init" in reason("shop.go", 'package shop\n\nvar a = "VALUE"\n', {})


ECMASCRIPT = {
    "a case label": ('switch (x) { case "VALUE": break; }', "a case label"),
    "the name of a property": ('const m = { "VALUE": 1 };', "the name of a property"),
    "a property asked for": ('const a = m["VALUE"];', "the name of a property"),
    "a computed name": ('const m = { ["VALUE"]: 1 };', "the name of a property"),
    "a text that a function takes in pieces": ("const a = sql`x VALUE ${y}`;", "takes the text in pieces"),
    "a comment": ("// VALUE", "not in a string literal"),
    "an import": ('import x from "VALUE";', "an import takes no value"),
    "a name that a build tool ships": ('const a = process.env.NEXT_PUBLIC_KEY || "VALUE";', "shipped to a browser"),
    "a program of the browser by its word": ('"use client";\nconst a = "VALUE";', "shipped to a browser"),
    "a program of the browser by its import": (
        'import { ref } from "vue";\nconst a = "VALUE";',
        "shipped to a browser",
    ),
    "a program of the browser by its loader": ('define(["jquery"], () => "VALUE");', "shipped to a browser"),
    "a program of the browser by the page": (
        'const a = "VALUE";\ndocument.getElementById(a);',
        "shipped to a browser",
    ),
}
TYPESCRIPT = {
    "a constant text": ('const a = "VALUE" as const;', "its type is the text itself"),
    "a constant text in the older form": ('const a = <const>"VALUE";', "its type is the text itself"),
    "a constant object": ('const a = { b: "VALUE" } as const;', "its type is the text itself"),
    "a variable of a literal type": ('const a: "VALUE" | "x" = "x";', "a type holds the value"),
    "the value of a literal type": ('let x: "x" | "y" = "VALUE" as "y";', "its type is the text itself"),
    "a member of an enum": ('enum A { B = "VALUE" }', "members of an enum"),
    "a member of a constant enum": ('const enum A { B = "VALUE" }', "members of an enum"),
}


@pytest.mark.parametrize("ending", ["js", "mjs", "cjs", "ts", "mts", "cts"])
@pytest.mark.parametrize("name", ECMASCRIPT)
def test_a_place_in_javascript_is_left_with_its_reason(name: str, ending: str) -> None:
    text, expected = ECMASCRIPT[name]

    assert expected in reason(f"shop.{ending}", f"{text}\n", {})


@pytest.mark.parametrize("name", TYPESCRIPT)
def test_a_place_in_typescript_is_left_with_its_reason(name: str) -> None:
    text, expected = TYPESCRIPT[name]

    assert expected in reason("shop.ts", f"{text}\n", {})


@pytest.mark.parametrize("annotation", ["string | undefined", "string | null", "Readonly<Record<string, string>>"])
def test_a_type_that_names_no_text_is_no_reason(annotation: str) -> None:
    assert reason("shop.ts", f'let a: {annotation} = "VALUE";\n', {}) == ""


SHIPPED = {
    "public/app.js": {},
    "src/App.jsx": {},
    "src/App.tsx": {},
    "src/key.ts": {"package.json": b"{}", "vite.config.ts": b""},
    "lib/key.ts": {"package.json": b"{}", "next.config.js": b""},
    "app/key.js": {"package.json": b'{"dependencies": {"react-native": "0.74.0"}}'},
}


@pytest.mark.parametrize("path", SHIPPED)
def test_what_is_shipped_to_a_browser_or_a_phone_is_left(path: str) -> None:
    assert "shipped to a browser" in reason(path, 'export const key = "VALUE";\n', SHIPPED[path])


def test_what_runs_on_a_platform_without_node_is_left() -> None:
    assert "does not run in node" in reason("src/a.ts", 'export const key = "VALUE";\n', {"wrangler.toml": b""})


@pytest.mark.parametrize(
    ("path", "head"),
    [("app/api/pay/route.ts", ""), ("src/server/key.ts", ""), ("lib/key.ts", 'import { Pool } from "pg";\n')],
)
def test_the_side_of_the_server_is_rewritten(path: str, head: str) -> None:
    front = {"package.json": b"{}", "next.config.js": b""}

    assert reason(path, f'{head}export const key = "VALUE";\n', front) == ""


RUBY = {
    "the key of a hash": ('h = { "VALUE" => 1 }', "the key of a hash"),
    "a key asked for": ('a = h["VALUE"]', "the key of a hash"),
    "a branch": ('case x\nwhen "VALUE" then 1\nend', "a branch is chosen by its text"),
    "a pattern": ('case x\nin "VALUE" then 1\nend', "a pattern is compared with"),
    "a symbol": (':"VALUE"', "not in a string literal"),
    "a list of words": ("a = %w[VALUE other]", "not in a string literal"),
    "a comment": ("# VALUE", "not in a string literal"),
    "a command": ("`mysql -pVALUE`", "not in a string literal"),
    "a heredoc in quotes": ("a = <<~'EOS'\n  x VALUE\nEOS", "a heredoc in single quotes"),
    "a text that is joined without a plus": ("a = 'x VALUE' 'y'", "joined to the text"),
}


@pytest.mark.parametrize("name", RUBY)
def test_a_place_in_ruby_is_left_with_its_reason(name: str) -> None:
    text, expected = RUBY[name]

    assert expected in reason("shop.rb", f"{text}\n", {})


PHP = {
    "a constant of a class": ("class A { const B = 'VALUE'; }", "a constant of a class"),
    "a constant of an interface": ("interface A { const B = 'VALUE'; }", "a constant of a class"),
    "the default of a property": ("class A { private $b = 'VALUE'; }", "a property's default"),
    "the default of a parameter": ("function f($a = 'VALUE') {}", "the default of a parameter"),
    "the default of a promoted one": (
        "class A { function __construct(private string $a = 'VALUE') {} }",
        "the default of a parameter",
    ),
    "an attribute": ("#[Named('VALUE')] function f() {}", "an attribute takes constants"),
    "a case of an enum": ("enum A: string { case B = 'VALUE'; }", "a case of an enum"),
    "a static variable": ("function f() { static $a = 'VALUE'; }", "a static variable"),
    "a case label": ("switch ($x) { case 'VALUE': break; }", "a case label"),
    "a branch of a match": ("$a = match($x) { 'VALUE' => 1 };", "a branch is chosen by its text"),
    "the key of an array": ("$a = ['VALUE' => 1];", "the key of an array"),
    "a key asked for": ("$a = $b['VALUE'];", "the key of an array"),
    "several constants at once": ("const A = 'VALUE', B = 'x';", "several constants"),
    "a comment": ("// VALUE", "not in a string literal"),
    "text outside of the program": ("?><p>VALUE</p><?php", "not in a string literal"),
}


@pytest.mark.parametrize("name", PHP)
def test_a_place_in_php_is_left_with_its_reason(name: str) -> None:
    text, expected = PHP[name]

    assert expected in reason("shop.php", f"<?php\n{text}\n", {})


@pytest.mark.parametrize("text", ["f($a['x'] . 'VALUE');", "$a['x'] = 'VALUE';", "$a[] = ['x' => 'VALUE'];"])
def test_a_value_beside_a_key_is_rewritten(text: str) -> None:
    assert reason("shop.php", f"<?php\n{text}\n", {}) == ""
