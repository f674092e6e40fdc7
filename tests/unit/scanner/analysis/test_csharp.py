"""C# programs: credentials that are followed to where they are used, and texts that only look like some."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.rulebook.model import RuleBook
from tests.unit.scanner.analysis.followed import followed
from tests.unit.scanner.making import password, token

SECRET = password("csharp")
KEY = token("csharp")

USED = {
    "a property with an arrow": ('string A => "{v}"; void M() { new NetworkCredential("u", A); }', SECRET),
    "a comparison of a typed text": ('bool M(string password) => password.Equals("{v}");', SECRET),
    "an entry that is added": (
        'void M() { var d = new Dictionary<string, string>(); d.Add("a", "{v}"); new NetworkCredential("u", d["a"]); }',
        SECRET,
    ),
    "an item of an array": ('void M() { string[] a = { "u", "{v}" }; new NetworkCredential(a[0], a[1]); }', SECRET),
    "a getter": ('string A { get { return "{v}"; } } void M() { new NetworkCredential("u", this.A); }', SECRET),
    "a field that a constructor sets": ('string a; C() { a = "{v}"; } void M() { new PSCredential("u", a); }', SECRET),
    "a new of the declared type": ('void M() { NetworkCredential c = new("u", "{v}"); }', SECRET),
    "the second of a tuple": (
        'void M() { var (a, b) = F(); new NetworkCredential(a, b); } (string, string) F() => ("u", "{v}");',
        SECRET,
    ),
    "a default argument": ('void M(string a = "{v}") { new NetworkCredential("u", a); }', SECRET),
    "a named argument": (
        'void M() { F(h: "h", v: "{v}"); } void F(string h, string v) { new NetworkCredential(h, v); }',
        SECRET,
    ),
    "the elements of a loop": (
        'void M() { foreach (var a in new[] { "{v}" }) new NetworkCredential("u", a); }',
        SECRET,
    ),
    "characters put into a secure string": (
        'void M() { var s = new SecureString(); foreach (var c in "{v}") s.AppendChar(c); new PSCredential("u", s); }',
        SECRET,
    ),
    "an arm of a switch": (
        'void M() { new NetworkCredential("u", k switch { 1 => "{v}", _ => null }); }',
        SECRET,
    ),
    "a case that is compared": (
        'bool M(string password) { switch (password) { case "{v}": return true; } return false; }',
        SECRET,
    ),
    "a pattern that is compared": ('bool M(string password) => password is "{v}";', SECRET),
    "a value that is checked elsewhere, too": (
        'bool M(string t) { if (t == "{v}") return true; return BCrypt.Verify(t, hash); }',
        SECRET,
    ),
    "the entry of a table": (
        'Table d = new() { ["x"] = "{v}" }; void M() { new NetworkCredential("u", d["x"]); }',
        SECRET,
    ),
    "a formatted connection string": (
        'void M() { new SqlConnection(string.Format("Server={0};User Id=sa;Password={1}", "db", "{v}")); }',
        SECRET,
    ),
    "the key of a cipher": ('void M() { var aes = Aes.Create(); aes.Key = Encoding.UTF8.GetBytes("{v}"); }', KEY),
    "a header that is compared": ('bool M() { var h = Request.Headers["X-Api-Key"]; return h == "{v}"; }', KEY),
    "what a local function returns": (
        'void M() { Func<string> f = () => "{v}"; new NetworkCredential("u", f()); }',
        SECRET,
    ),
    "an argument of a record": (
        'record O(string N, string S); void M() { var o = new O("u", "{v}"); new NetworkCredential(o.N, o.S); }',
        SECRET,
    ),
    "a tuple that a constructor sets": (
        '(string U, string W) a; C() { a = ("u", "{v}"); } void M() { new NetworkCredential(a.U, a.W); }',
        SECRET,
    ),
    "a field of a form that is compared": ('bool M(F f) => string.Equals(f.Password, "{v}");', SECRET),
    "what is typed into a box": ('bool M() => txtPassword.Text.Equals("{v}");', SECRET),
    "a part of a decoded header": (
        "bool M(string h) { var p = Encoding.UTF8.GetString(Convert.FromBase64String(h)).Split(':'); "
        'var w = p[1]; new NetworkCredential(p[0], w); return w == "{v}"; }',
        SECRET,
    ),
    "words of a program in one text": (
        'void M() { var a = "{v}"; new ProcessStartInfo("mysqldump", $"-u backup -p{a} shop"); }',
        SECRET,
    ),
}

INNOCENT = {
    "words of another language": 'void M() { d["resetPassword"] = "Passwort-Zurücksetzen"; }',
    "the name of a setting": 'void M() { new NetworkCredential("u", config.GetValue<string>("Auth:Password1")); }',
    "the name of a variable": 'void M() { new PSCredential("u", Environment.GetEnvironmentVariable("PASSWORD_1")); }',
    "words that a parser compares": 'void M(string token) { switch (token) { case "end-of-file": break; } }',
    "a domain": 'void M() { new PrincipalContext(ContextType.Domain, "corp7.example"); }',
    "the name of a user": 'void M() { new DirectoryEntry("LDAP://dc", "reader7", Read()); }',
    "a header's name": 'void M() { if (header.Key == "X-Api-Key-2") return; }',
    "a public salt": 'void M() { new Rfc2898DeriveBytes(given, Encoding.UTF8.GetBytes("fixed-Salt-99")); }',
    "a method of another class of the same name": (
        'void M() { Other.Go("h", "Q8-rack-17x"); } void Go(string a, string b) { new NetworkCredential(a, b); }'
    ),
}


@pytest.mark.parametrize(("body", "value"), USED.values(), ids=USED.keys())
def test_a_credential_is_followed_to_its_use(body: str, value: str, book: RuleBook, tmp_path: Path) -> None:
    program = "class C { " + body.replace("{v}", value) + " }"
    assert value in followed(book, tmp_path, {"C.cs": program})


@pytest.mark.parametrize("body", INNOCENT.values(), ids=INNOCENT.keys())
def test_what_is_no_credential_is_left_alone(body: str, book: RuleBook, tmp_path: Path) -> None:
    assert followed(book, tmp_path, {"C.cs": "class C { " + body + " }"}) == set()


def test_a_parameter_is_followed_to_the_files_that_call_its_routine(book: RuleBook, tmp_path: Path) -> None:
    files = {
        "Start.cs": f'var mail = new Post("{SECRET}"); mail.Send();',
        "Post.cs": 'class Post { string a; Post(string b) { a = b; } void Send() { new NetworkCredential("u", a); } }',
    }
    assert followed(book, tmp_path, files) == {SECRET}


def test_constants_of_a_class_may_be_used_without_its_name(book: RuleBook, tmp_path: Path) -> None:
    files = {
        "Defaults.cs": f'namespace N; static class Defaults {{ public const string A = "{SECRET}"; }}',
        "Post.cs": 'using static N.Defaults; class Post { void Send() { new NetworkCredential("u", A); } }',
    }
    assert followed(book, tmp_path, files) == {SECRET}
