"""What a user gives as a credential, by whatever name: parts of a login, answers that are not shown, keys of maps."""

from __future__ import annotations

import pytest

from tests.unit.scanner.analysis.followed import outcome

_GIVEN = {
    "the second part of a decoded login": """
-- a.js --
app.use((req, res, next) => {
  const [login, word] = Buffer.from(req.headers.authorization.slice(6), 'base64').toString().split(':');
  if (login === 'ops' && word === '⟦password p⟧') next();
});
""",
    "the parts of a login in a list": """
-- a.go --
package a
import ("encoding/base64"; "net/http"; "strings")
func ok(r *http.Request) bool {
	raw, _ := base64.StdEncoding.DecodeString(r.Header.Get("Authorization")[6:])
	parts := strings.SplitN(string(raw), ":", 2)
	return parts[1] == "⟦password p⟧"
}
""",
    "an answer that is not shown": """
-- a.mjs --
const { word } = await prompts({ type: 'password', name: 'word', message: 'Word?' });
if (word !== '⟦password p⟧') process.exit(1);
""",
    "what is read without an echo": """
-- a.rb --
require 'io/console'
typed = $stdin.noecho(&:gets).chomp
exit 1 if typed != '⟦password p⟧'
""",
    "a key of a map that is looked up": """
-- a.js --
const partners = { '⟦token a⟧': 'acme' };
app.use((req, res, next) => { req.partner = partners[req.get('x-api-key')]; next(); });
""",
    "a key of a map of Go": """
-- a.go --
package a
import "net/http"
var partners = map[string]string{"⟦token a⟧": "acme"}
func of(r *http.Request) string { return partners[r.Header.Get("X-Api-Key")] }
""",
    "an element of a list in which it is looked for": """
-- a.php --
<?php
const KEYS = ['⟦token a⟧'];
if (!in_array($_GET['api_key'], KEYS, true)) exit;
""",
    "the pattern of a choice": """
-- a.php --
<?php
$ok = match ($_POST['password']) { '⟦password p⟧' => true, default => false };
""",
    "the pattern of a choice of shells": """
-- a.sh --
read -rs PASS
case "$PASS" in
  '⟦password p⟧') echo ok ;;
esac
""",
    "the content of a field that a page is filled with": """
-- a.js --
document.querySelector('#password').value = '⟦password p⟧';
""",
    "a block that is installed": """
-- a.rb --
use Rack::Auth::Basic, 'Area' do |u, p|
  u == 'a' && p == '⟦password p⟧'
end
""",
}


@pytest.mark.parametrize("about", _GIVEN)
def test_a_literal_is_found_that_is_compared_with(about: str) -> None:
    assert outcome(about, f"A program.{_GIVEN[about]}") == (set(), set())


def test_keys_of_maps_that_are_looked_up_by_something_else_are_quiet() -> None:
    program = """A program.
-- look.js --
const TITLES = { 'admin-2': 'Administrator', 'ops-7': 'Operations' };
const title = TITLES[user.role];
const labels = { 'access-v2': 'Access', 'refresh-v2': 'Refresh' };
render(labels[token.kind]);
document.getElementById('status').value = 'token-refreshed-2';
"""
    assert outcome("quiet", program) == (set(), set())
