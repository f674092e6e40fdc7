"""Shell scripts: what commands are given as options, on their standard input, and in programs of other files."""

from __future__ import annotations

import pytest

from tests.unit.scanner.analysis.followed import outcome

_FOUND = {
    "a variable that a function sets": """
load() { w='⟦password p⟧'; }
load
ldapsearch -x -D cn=admin -w "$w"
""",
    "a variable that is printed into": """
printf -v w '%s' '⟦password p⟧'
mysql -u root -p"$w"
""",
    "words that are read from lines": """
while read -r user word; do
  echo "$user:$word" | chpasswd
done <<EOT
anna ⟦password p⟧
EOT
""",
    "what a pattern is filled with": """
printf '[client]\\nuser=root\\npassword=%s\\n' '⟦password p⟧' > ~/.my.cnf
""",
    "options of one letter in one word": """
curl -sSfu 'svc:⟦password p⟧' https://erp.acme.dev
""",
    "what is encoded into a header": """
auth=$(printf 'svc:%s' '⟦password p⟧' | base64)
curl -H "Authorization: Basic $auth" https://erp.acme.dev
""",
    "what is sent where a password is asked for": """
expect <<EOT
spawn ssh root@h
expect "*assword:"
send "⟦password p⟧\\r"
EOT
""",
    "what is piped to a command": """
printf '%s' '⟦password p⟧' | gpg --batch --passphrase-fd 0 -d backup.gpg
""",
    "what a pipeline decodes": """
echo '⟦base64 of password p⟧' | base64 -d | sudo -S systemctl restart shop
""",
    "lines of a here-document with a mark before the password": """
chpasswd <<EOF
deploy:⟦password p⟧
EOF
""",
    "a hole that the text before it names": """
w='⟦password p⟧'
cat > app.env <<EOF
DB_PASSWORD=$w
EOF
""",
    "what a function says": """
word() { echo '⟦password p⟧'; }
mysql -u root -p"$(word)"
""",
    "options in an array": """
args=(-u root -p'⟦password p⟧')
mysql "${args[@]}"
""",
    "a header that a variable fills": """
k=⟦token k⟧
curl -H "X-Api-Key: $k" https://api.acme.dev
""",
    "the word behind one that says credential": """
aws --profile prod configure set aws_secret_access_key ⟦token k⟧
""",
    "a password that ends before a mark": """
w='⟦password p⟧'
sqlplus "orders/$w@db.acme.internal/ORCL" @init.sql
""",
    "words in a variable": """
w='⟦password p⟧'
opts="-u root -p$w"
mysql $opts shop
""",
    "an option that is added to an array": """
args=(-u root)
one="--password=⟦password p⟧"
args+=("$one")
mysqldump "${args[@]}" shop
""",
    "a literal of a secret": """
w='⟦password p⟧'
kubectl create secret generic db --from-literal=password="$w"
""",
    "a key that a filter makes": """
jq -n --arg u svc --arg w '⟦password p⟧' '{username: $u, password: $w}'
""",
    "a pattern that is compared": """
read -s word
case "$word" in
  ⟦password p⟧!) echo ok ;;
esac
""",
    "a name behind another": """
w='⟦password p⟧'
cat > app.service <<EOF
Environment=DB_PASSWORD=$w
EOF
""",
    "what a client of files is told": """
w='⟦password p⟧'
ftp -n h <<EOF
quote USER upload
quote PASS $w
EOF
""",
    "numbered parameters that a script sets": """
login='backup ⟦password p⟧'
set -- $login
mysqldump -u "$1" -p"$2" shop
""",
    "a default that an expansion keeps": """
: "${WORD_OF_CACHE:=⟦password p⟧}"
redis-cli -a "$WORD_OF_CACHE" ping
""",
    "words of lines that a loop parts by a sign": """
while IFS=, read -r user word; do
  rabbitmqctl add_user "$user" "$word"
done <<EOT
orders,⟦password p⟧
EOT
""",
    "a file that the script writes": """
echo '⟦password p⟧' > "$tmp"
ansible-playbook --vault-password-file "$tmp" site.yml
""",
    "a file that a command stands for": """
sshpass -f <(echo '⟦password p⟧') ssh root@h
""",
    "a file with a mark before its name": """
printf %s "⟦password p⟧" > ./word.txt
openssl enc -aes-256-cbc -pass file:word.txt -in a -out b
""",
    "the logins of curl": """
printf 'machine %s login %s password %s\\n' git.acme.dev ci '⟦password p⟧' > ~/.netrc
""",
    "the logins of PostgreSQL": """
cat <<EOT > ~/.pgpass
db.acme.dev:5432:*:orders:⟦password p⟧
EOT
""",
    "a header in a variable that is called a credential": """
AUTH="Authorization: Bearer ⟦token k⟧"
curl -H "$AUTH" https://api.acme.dev
""",
    "what is piped to a store of secrets": """
printf %s '⟦password p⟧' | gcloud secrets create api --data-file=-
""",
    "what is left of parameters behind a shift": """
add() {
  local db=$1
  shift
  mysql -u root -p"$1" "$db"
}
add shop '⟦password p⟧'
""",
    "a variable that another names": """
WORD_PROD='⟦password p⟧'
name="WORD_${1^^}"
mysql -u app -p"${!name}" shop
""",
    "a digest that a command makes": """
usermod --password "$(mkpasswd -m sha-512 '⟦password p⟧')" ops
""",
    "a line of a server's settings": """
echo "requirepass ⟦password p⟧" >> /etc/redis/redis.conf
""",
    "a login that a helper of git is told": """
printf 'protocol=https\\nusername=ci\\npassword=%s\\n' '⟦password p⟧' | git credential approve
""",
    "the second line of a file that the script writes": """
cat > /etc/vpn/auth.txt <<EOF
svc
⟦password p⟧
EOF
openvpn --config c.ovpn --auth-user-pass /etc/vpn/auth.txt
""",
    "the body of a secret": """
gh secret set DEPLOY --body '⟦token t⟧'
""",
}

_QUIET = {
    "names of secrets": "helm install x y --set auth.existingSecret=shop-db-2 --set-string a.b=c\n",
    "secrets by their names": "gcloud run deploy a --set-secrets=DB_PASSWORD=db-password-2:latest\n",
    "the number of a key": "git config user.signingkey 3AA5C34371567BD2\n",
    "a pattern with a wildcard": 'case "$token" in ghp_x7*) echo ok ;; esac\n',
    "an option of one dash and many letters": 'influx -password "$INFLUX_PASSWORD" -precision rfc3339\n',
    "an answer to a command that runs as another user": "printf 'Trust3\\n' | sudo gpg --edit-key 4E2C6\n",
    "a pipe from a vault": "vault kv get -field=password secret/ci | docker login -u ci --password-stdin\n",
    "a file on the standard input": "docker login -u ci --password-stdin < /run/secrets/registry-v2\n",
    "a plain parameter": "aws ssm put-parameter --name /prod/size --type String --value db.t4g.medium-Gen2\n",
    "what is said where a variable is not set": """
PASSWORD=${DB_PASSWORD:?DB_PASSWORD-not-set1}
""",
    "a pattern for several settings": """
printf 'DB_PASSWORD=%s\\nJWT_SECRET=%s\\n' "$PASSWORD" "$JWT_SECRET" > .env
""",
}


@pytest.mark.parametrize("about", _FOUND)
def test_a_password_that_a_command_takes_is_found(about: str) -> None:
    assert outcome(about, f"-- run.sh --\n{_FOUND[about].lstrip()}") == (set(), set())


@pytest.mark.parametrize("about", _QUIET)
def test_commands_without_a_literal_password_are_quiet(about: str) -> None:
    assert outcome(about, f"-- run.sh --\n{_QUIET[about]}") == (set(), set())
