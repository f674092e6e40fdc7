"""Java programs in which a credential goes through pairs, enumerations, unnamed classes and functions."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.rulebook.model import RuleBook
from tests.unit.scanner.analysis.followed import followed
from tests.unit.scanner.making import password, token

SECRET = password("java-ways")

USED = {
    "a pool that is given a user": (
        'void m() { new JedisPool("cache", 6379, "default", "{v}"); }',
        SECRET,
    ),
    "a map that is built": (
        'static Map<String, String> M = ImmutableMap.<String, String>builder().put("a", "").put("w", "{v}").build(); '
        'void m() { new UsernamePasswordCredentials("u", M.get("w")); }',
        SECRET,
    ),
    "what an option has where nothing is given": (
        'void m(CommandLine c) { new UsernamePasswordCredentials("u", c.getOptionValue("w", "{v}")); }',
        SECRET,
    ),
    "a reference that is set": (
        'void m() { AtomicReference<String> r = new AtomicReference<>(); r.set("{v}"); '
        'new UsernamePasswordCredentials("u", r.get()); }',
        SECRET,
    ),
    "what a map is given where it has nothing": (
        'void m(Map<String, String> c) { new UsernamePasswordCredentials("u", c.computeIfAbsent("k", k -> "{v}")); }',
        SECRET,
    ),
    "what a thread comes to": (
        'void m(ExecutorService p) { Future<String> f = p.submit(() -> "{v}"); '
        'new UsernamePasswordCredentials("u", f.get()); }',
        SECRET,
    ),
    "what is tested for its type": (
        'void m() { Object o = "{v}"; if (o instanceof String s) { new UsernamePasswordCredentials("u", s); } }',
        SECRET,
    ),
    "a builder that is made with its room": (
        'void m() { StringBuilder b = new StringBuilder(32); b.append("{v}"); '
        'new UsernamePasswordCredentials("u", b.toString()); }',
        SECRET,
    ),
    "a function that is an object": (
        'Function<String, String> f = s -> s; void m() { new UsernamePasswordCredentials("u", f.apply("{v}")); }',
        SECRET,
    ),
    "an option of the command line": (
        '@Option(names = {"-w", "--word"}, defaultValue = "{v}") String w; void m() { '
        'new UsernamePasswordCredentials("u", w); }',
        SECRET,
    ),
    "the element of a list that is left over": (
        'void m() { new UsernamePasswordCredentials("u", List.of("{v}").stream().filter(k -> !k.isBlank())'
        ".collect(Collectors.toList()).get(0)); }",
        SECRET,
    ),
    "a class by its whole name, whose package is brought in": (
        'void m() { new org.apache.http.auth.UsernamePasswordCredentials("u", "{v}"); }',
        SECRET,
    ),
    "an entry of a map of entries": (
        (
            'static Map<String, String> M = Map.ofEntries(Map.entry("w", "{v}")); void m() { new'
            ' UsernamePasswordCredentials("u", M.get("w")); }'
        ),
        SECRET,
    ),
    "a map that is filled where it is made": (
        (
            'Map<String, String> M = new HashMap<>() {{ put("w", "{v}"); }}; void m() { new'
            ' UsernamePasswordCredentials("u", M.get("w")); }'
        ),
        SECRET,
    ),
    "a row of a table": (
        (
            'String[][] L = { {"al", "x"}, {"bo", "{v}"} }; void m() { for (String[] l : L) new'
            " UsernamePasswordCredentials(l[0], l[1]); }"
        ),
        SECRET,
    ),
    "entries in a loop": (
        (
            'void m() { Map<String, String> a = Map.of("u", "{v}"); for (Map.Entry<String, String> e :'
            " a.entrySet()) new UsernamePasswordCredentials(e.getKey(), e.getValue()); }"
        ),
        SECRET,
    ),
    "key and value that a function is given": (
        (
            'void m() { Map<String, String> a = new HashMap<>(); a.put("u", "{v}"); a.forEach((u, w) -> new'
            " UsernamePasswordCredentials(u, w)); }"
        ),
        SECRET,
    ),
    "a record that is looked up": (
        (
            'record A(String u, String w) {} static Map<String, A> M = Map.of("x", new A("u", "{v}")); void'
            " m(String n) { A a = M.get(n); new UsernamePasswordCredentials(a.u(), a.w()); }"
        ),
        SECRET,
    ),
    "a record that a stream finds": (
        (
            'record A(String u, String w) {} static List<A> L = List.of(new A("u", "{v}")); void m(String n) { A a'
            " = L.stream().filter(x -> x.u().equals(n)).findFirst().orElseThrow(); new"
            " UsernamePasswordCredentials(a.u(), a.w()); }"
        ),
        SECRET,
    ),
    "a constant by its name": (
        (
            'enum E { A("{v}"); final String w; E(String w) { this.w = w; } } void m(String n) { new'
            ' UsernamePasswordCredentials("u", E.valueOf(n).w); }'
        ),
        SECRET,
    ),
    "a class without a name": (
        (
            'abstract class B { abstract String w(); void go() { new UsernamePasswordCredentials("u", w()); } }'
            ' void m() { new B() { String w() { return "{v}"; } }.go(); }'
        ),
        SECRET,
    ),
    "a function that a parameter holds": (
        (
            'void w(Consumer<String> c) { c.accept("{v}"); } void m() { w(x -> new UsernamePasswordCredentials("u",'
            " x)); }"
        ),
        SECRET,
    ),
    "what is computed later": (
        (
            'void m() throws Exception { Callable<String> c = () -> "{v}"; new UsernamePasswordCredentials("u",'
            " c.call()); }"
        ),
        SECRET,
    ),
    "a setting of an object's own": (
        (
            'void m() { Properties p = new Properties(); p.setProperty("w", "{v}"); new'
            ' UsernamePasswordCredentials("u", p.getProperty("w")); }'
        ),
        SECRET,
    ),
    "properties in a text": (
        'void m() { Properties p = new Properties(); p.load(new StringReader("user=u\\npassword={v}\\n")); }',
        SECRET,
    ),
    "settings of a broker": (
        (
            'void m(Map<String, Object> p) { p.put("sasl.jaas.config", "X required username=\\"u\\"'
            ' password=\\"{v}\\";"); }'
        ),
        SECRET,
    ),
    "a password that is kept as it is": (
        'void m() { User.withUsername("admin").password("{noop}{v}").roles("A").build(); }',
        SECRET,
    ),
    "a property of the system": ('void m() { System.setProperty("javax.net.ssl.trustStorePassword", "{v}"); }', SECRET),
    "a password that is encoded for a user": (
        'void m(PasswordEncoder e, Person p) { p.set(e.encode("{v}")); }',
        SECRET,
    ),
    "words that are added to a list of a list": (
        (
            'void m() { String a = "{v}"; List<String> c = new ArrayList<>(List.of("mysql", "-u", "b")); '
            'c.add("-p" + a); new ProcessBuilder(c).start(); }'
        ),
        SECRET,
    ),
    "what is typed into a field": (
        (
            "boolean n(String password); boolean m() { String a = passwordField.getText().toString(); "
            'return a.equals("{v}"); }'
        ),
        SECRET,
    ),
}

INNOCENT = {
    "a digest that is compared in constant time": (
        'boolean m(byte[] digest) { return MessageDigest.isEqual(digest, "9f2b7c4e1d8a6053be4f7a1c".getBytes()); }'
    ),
    "a statement about tokens": 'static final String FIND_TOKEN = "select t from Token t where t.value = :value1";',
    "a statement about passwords": 'static final String RESET_PASSWORD = "update users set password=? where id=?1";',
    "keys of entries": (
        'void m() { Map<String, String> a = new HashMap<>(); a.put("user-name-1", read()); a.forEach((u, w) ->'
        " new UsernamePasswordCredentials(u, w)); }"
    ),
}


@pytest.mark.parametrize(("program", "value"), USED.values(), ids=USED.keys())
def test_a_credential_is_followed_to_its_use(program: str, value: str, book: RuleBook, tmp_path: Path) -> None:
    assert value in followed(book, tmp_path, {"C.java": "class C { " + program.replace("{v}", value) + " }"})


@pytest.mark.parametrize("program", INNOCENT.values(), ids=INNOCENT.keys())
def test_what_is_no_credential_is_left_alone(program: str, book: RuleBook, tmp_path: Path) -> None:
    assert followed(book, tmp_path, {"C.java": "class C { " + program + " }"}) == set()


def test_a_name_that_many_routines_have_says_nothing(book: RuleBook, tmp_path: Path) -> None:
    many = " ".join(f'static String from(P{n} p) {{ return "Active-{n}-Count7"; }}' for n in range(12))
    program = f'class C {{ {many} void m(P p) {{ new UsernamePasswordCredentials("u", C.from(p)); }} }}'
    assert followed(book, tmp_path, {"C.java": program}) == set()


def test_digits_are_a_password_where_one_is_compared(book: RuleBook, tmp_path: Path) -> None:
    program = 'class C { boolean m(String passcode) { log("x9Kd83Js2q"); return passcode.equals("48213975"); } }'
    assert followed(book, tmp_path, {"C.java": program}) == {"48213975"}


def test_classes_of_one_name_may_take_a_password_at_different_places(book: RuleBook, tmp_path: Path) -> None:
    made = f'class A {{ Object m() {{ return new ActiveMQConnectionFactory("tcp://mq:61616", "shop", "{SECRET}"); }} }}'
    program = f"import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;\n{made}"
    assert followed(book, tmp_path, {"A.java": program}) == {SECRET}


def test_a_token_may_be_drawn_in_parts_with_dots_between(book: RuleBook, tmp_path: Path) -> None:
    drawn = "aB." + token("dotted", "[a-z][A-Za-z0-9]{20}[0-9][A-Z][a-z0-9]{8}")
    program = f'class A {{ void m() {{ new UsernamePasswordCredentials("u", "{drawn}"); }} }}'
    assert followed(book, tmp_path, {"A.java": program}) == {drawn}
