"""C# programs in which a credential goes through named tuples, initialisers, generic types and parts of classes."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.rulebook.model import RuleBook
from tests.unit.scanner.analysis.followed import followed
from tests.unit.scanner.making import password, token

SECRET = password("csharp-ways")
KEY = token("csharp-ways")

USED = {
    "a place of a tuple by its declared name": (
        'static (string U, string W) L = ("u", "{v}"); void M() { new NetworkCredential(L.U, L.W); }',
        SECRET,
    ),
    "a place of a tuple that a method returns": (
        '(string U, string W) F() => ("u", "{v}"); void M() { var l = F(); new NetworkCredential(l.U, l.W); }',
        SECRET,
    ),
    "a tuple in a list": (
        (
            'static List<(string N, string W)> L = new() { ("a", "{v}") }; void M() { L.Select(x => new'
            " NetworkCredential(x.N, x.W)); }"
        ),
        SECRET,
    ),
    "a field of an object without a class": (
        'void M() { var l = new { U = "u", W = "{v}" }; new NetworkCredential(l.U, l.W); }',
        SECRET,
    ),
    "settings that are held in memory": (
        'void M(B b) { b.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["A:W"] = "{v}" }); '
        'new NetworkCredential("u", b.Configuration["A:W"]); }',
        SECRET,
    ),
    "settings that are built": (
        "void M() { var c = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> "
        '{ ["A:W"] = "{v}" }).Build(); new NetworkCredential("u", c["A:W"]); }',
        SECRET,
    ),
    "a stream of objects": (
        'void M() { var f = new BinaryFormatter(); var s = new MemoryStream(); f.Serialize(s, "{v}"); '
        'new NetworkCredential("u", (string) f.Deserialize(s)); }',
        SECRET,
    ),
    "a record with another field": (
        (
            'record L(string U, string W); void M() { var a = new L("u", ""); var b = a with { W = "{v}" }; new'
            " NetworkCredential(b.U, b.W); }"
        ),
        SECRET,
    ),
    "a parameter that is changed": (
        'void T(ref string w) { w = "{v}"; } void M() { string w = ""; T(ref w); new NetworkCredential("u", w); }',
        SECRET,
    ),
    "a class by its whole name, of whose namespace a part is brought in": (
        '} namespace N { using System; class D { void M() { new System.Net.NetworkCredential("u", "{v}"); } }',
        SECRET,
    ),
    "a text that is gone through by places": (
        'void M(string[] t) { t[2] = "{v}"; var s = new SecureString(); for (int i = 0; i < t[2].Length; i++) '
        '{ s.AppendChar(t[2][i]); } new NetworkCredential("u", s); }',
        SECRET,
    ),
    "what a task comes to": (
        'async Task M() { new NetworkCredential("u", await Task.Run(() => "{v}")); }',
        SECRET,
    ),
    "what is tested for its type": (
        'void M() { object o = "{v}"; if (o is string s) { new NetworkCredential("u", s); } }',
        SECRET,
    ),
    "a case of a record": (
        'abstract record S { public record F(string T) : S; string R() => this switch { F f => f.T, _ => "" }; } '
        'static S P = new S.F("{v}"); void M() { new NetworkCredential("u", P.R()); }',
        SECRET,
    ),
    "a field that an object is set out with": (
        'class D { string W { get; init; } static D New() => new() { W = "{v}" }; '
        'void M() { new NetworkCredential("u", this.W); } }',
        SECRET,
    ),
    "a list that takes over another": (
        'void M() { var l = new List<string>(); l.AddRange(new[] { "{v}" }); new NetworkCredential("u", l[^1]); }',
        SECRET,
    ),
    "a pattern in a builder": (
        'void M() { new SqlConnection(new StringBuilder("Server=s;").AppendFormat("User={0};Password={1}", "u", "{v}")'
        ".ToString()); }",
        SECRET,
    ),
    "a builder's chain": (
        'void M() { new NetworkCredential("u", new StringBuilder("").Append("{v}").ToString()); }',
        SECRET,
    ),
    "a function that a variable holds": (
        'void L(string w) { new NetworkCredential("u", w); } void M() { Action<string> go = L; go("{v}"); }',
        SECRET,
    ),
    "letters that a method is given one after another": (
        "SecureString S(string t) { var s = new SecureString(); t.ToList().ForEach(s.AppendChar); return s; } "
        'void M() { new NetworkCredential("u", S("{v}")); }',
        SECRET,
    ),
    "the settings of a cache": (
        'void M(S s) { s.AddStackExchangeRedisCache(o => o.Configuration = "h:6379,password={v},ssl=True"); }',
        SECRET,
    ),
    "arguments that are left": (
        (
            "void L(string u, params string[] ws) { foreach (var w in ws) new NetworkCredential(u, w); } void M()"
            ' => L("u", "x", "{v}");'
        ),
        SECRET,
    ),
    "a parameter that gives back": (
        'void T(out string w) { w = "{v}"; } void M() { T(out var w); new NetworkCredential("u", w); }',
        SECRET,
    ),
    "a new of what is returned": ('const string W = "{v}"; NetworkCredential M() => new("u", W);', SECRET),
    "a new among the elements of what is declared": (
        (
            'record A(string U, string W); static Dictionary<string, A> D = new() { ["x"] = new("u", "{v}") }; void'
            " M(string n) { var a = D[n]; new NetworkCredential(a.U, a.W); }"
        ),
        SECRET,
    ),
    "pairs of a table in a loop": (
        (
            'void M() { var d = new Dictionary<string, string> { { "a", "{v}" } }; foreach (var (u, w) in d) new'
            " NetworkCredential(u, w); }"
        ),
        SECRET,
    ),
    "a service by its type": (
        (
            "async Task M(IServiceProvider p) { var m = p.GetRequiredService<UserManager<User>>(); await"
            ' m.CreateAsync(user, "{v}"); }'
        ),
        SECRET,
    ),
    "calls of a builder on one another": (
        (
            'void M() { var s = new StringBuilder(); s.Append("Server=db;Password=").Append("{v}").Append(";"); new'
            " SqlConnection(s.ToString()); }"
        ),
        SECRET,
    ),
    "a function that a parameter holds": (
        'void W(Action<string> f) => f.Invoke("{v}"); void M() => W(w => new NetworkCredential("u", w));',
        SECRET,
    ),
    "a property of an interface": (
        (
            'interface I { string W { get; } } class R : I { public string W => "{v}"; } class T { I i; void M() {'
            ' new NetworkCredential("u", i.W); } }'
        ),
        SECRET,
    ),
    "a password that is set out": ('void M() { new NetworkCredential { UserName = "u", Password = "{v}" }; }', SECRET),
    "a password that is hashed for a user": (
        'void M() { new PasswordHasher<User>().HashPassword(null, "{v}"); }',
        SECRET,
    ),
    "a field of a pattern": ('bool M(Login l) => l is { User: "admin", Password: "{v}" };', SECRET),
    "one of several patterns": (
        'bool M(string password) => password switch { "x" or "{v}" => true, _ => false };',
        SECRET,
    ),
    "a list in which it is looked for": (
        'static HashSet<string> Keys = new() { "{v}" }; bool M(string apiKey) => Keys.Contains(apiKey);',
        KEY,
    ),
    "a header whose name is a constant": (
        (
            'const string H = "X-Api-Key"; const string E = "{v}"; bool M() => Request.Headers.TryGetValue(H, out'
            " var g) && E.Equals(g);"
        ),
        KEY,
    ),
    "a default of a setting that says what it is": ('void M(IConfiguration c) { Use(c["Jwt:Key"] ?? "{v}"); }', KEY),
}

INNOCENT = {
    "the neighbour of what a key asks for": (
        'static Dictionary<string, string> D = new() { ["a"] = "", ["region"] = "eu-west7Zone-1Qx" }; '
        'string G(string n) => D[n]; void M() { new NetworkCredential("u", G("a")); }'
    ),
    "where somebody starts a process": (
        'void M(SecureString w) { Process.Start("sync.exe", "sync", w, "ORCHARD7LAN"); '
        'Process.Start("Sync7Job.exe", "now"); }'
    ),
    "the key of an assembly": (
        'void M() { Type.GetType("A.B, A, Version=1.0.0.0, Culture=neutral, PublicKeyToken=89b483f429c47342"); }'
    ),
    "the name of an assembly's key": 'const string EcmaPublicKeyToken = "b77a5c561934e089";',
    "a statement that hides passwords": 'const string HidePasswords = "UPDATE T SET P=@p1";',
    "a replacement in a statement": "const string HidePasswords = \"replace(info, 'password=[^ ]+', 'password=xxx')\";",
    "rules of a field": 'Dictionary<string, string> R = new() { ["password"] = "min:8|max:20" };',
    "a text in brackets": 'Dictionary<string, string> L = new() { ["Password"] = "Passwort (min. 8)" };',
}


@pytest.mark.parametrize(("program", "value"), USED.values(), ids=USED.keys())
def test_a_credential_is_followed_to_its_use(program: str, value: str, book: RuleBook, tmp_path: Path) -> None:
    assert value in followed(book, tmp_path, {"C.cs": "class C { " + program.replace("{v}", value) + " }"})


@pytest.mark.parametrize("program", INNOCENT.values(), ids=INNOCENT.keys())
def test_what_is_no_credential_is_left_alone(program: str, book: RuleBook, tmp_path: Path) -> None:
    assert followed(book, tmp_path, {"C.cs": "class C { " + program + " }"}) == set()


def test_a_class_may_stand_in_several_files(book: RuleBook, tmp_path: Path) -> None:
    files = {
        "A.cs": f'public partial class T {{ private const string W = "{SECRET}"; }}',
        "A.Login.cs": 'public partial class T { void K() => new NetworkCredential("u", W); }',
    }
    assert followed(book, tmp_path, files) == {SECRET}


def test_a_class_may_stand_in_a_file_of_another_name(book: RuleBook, tmp_path: Path) -> None:
    files = {
        "All.cs": f'static class Words {{ internal static string For(string n) => n == "a" ? "{SECRET}" : null; }}',
        "Post.cs": 'class Post { void Send() => new NetworkCredential("u", Words.For("a")); }',
    }
    assert followed(book, tmp_path, files) == {SECRET}


def test_a_password_that_google_draws_is_no_text(book: RuleBook, tmp_path: Path) -> None:
    program = 'class C { void M() { new NetworkCredential("u@gmail.com", "' + "pmzq vbfo lkta wnud" + '"); } }'
    assert followed(book, tmp_path, {"C.cs": program}) == {"pmzq vbfo lkta wnud"}
