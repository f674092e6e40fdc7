"""PHP programs: literals that reach what takes a credential, and literals that do not."""

from __future__ import annotations

import pytest

from tests.unit.scanner.analysis.followed import outcome

_FOUND = {
    "the constructor of the parent": """
class Mine extends PDO {
    public function __construct() { parent::__construct('mysql:host=db', 'shop', '⟦password p⟧'); }
}
""",
    "a case of an enumeration": """
enum Word: string { case Db = '⟦password p⟧'; }
new PDO('mysql:host=db', 'shop', Word::Db->value);
""",
    "a list that another is spread from": """
$auth = ['auth' => ['svc', '⟦password p⟧']];
$c = new GuzzleHttp\\Client([...$auth, 'base_uri' => 'https://x.acme.dev']);
""",
    "a connection of PDO with global variables": """
$dsn = 'mysql:host=db.acme.lan;dbname=shop';
$who = 'shop';
$with = '⟦password db⟧';
function open_database() {
    global $dsn, $who, $with;
    return new PDO($dsn, $who, $with);
}
""",
    "mysqli with constants": """
define('DBHOST', 'db.acme.lan');
define('DBWORD', '⟦password db⟧');
$link = mysqli_connect(DBHOST, 'shop', DBWORD, 'shop');
""",
    "a text of keywords for PostgreSQL": """
$word = '⟦password db⟧';
$link = pg_connect("host=db.acme.lan dbname=shop user=shop password=$word");
""",
    "an array of settings": """
$settings = ['host' => 'db.acme.lan', 'user' => 'shop', 'word' => '⟦password db⟧'];
$link = new mysqli($settings['host'], $settings['user'], $settings['word'], 'shop');
""",
    "a class with a promoted parameter": """
final class Mailbox
{
    public function __construct(private string $user, private string $word) {}

    public function open()
    {
        return imap_open('{imap.acme.lan:993/imap/ssl}INBOX', $this->user, $this->word);
    }
}
$box = new Mailbox('orders', '⟦password imap⟧');
""",
    "a static property": """
class Keys
{
    public static $current = '⟦key32 k⟧';

    public static function sign(string $text): string
    {
        return hash_hmac('sha256', $text, self::$current);
    }
}
""",
    "a cipher with a constant of the class": """
class Box
{
    private const MATERIAL = '⟦key32 k⟧';

    public function seal(string $text, string $iv): string
    {
        return openssl_encrypt($text, 'aes-256-cbc', static::MATERIAL, OPENSSL_RAW_DATA, $iv);
    }
}
""",
    "options of curl together": """
$h = curl_init('https://erp.acme.lan/api');
curl_setopt_array($h, [CURLOPT_RETURNTRANSFER => true, CURLOPT_USERPWD => 'svc:⟦password erp⟧']);
""",
    "a header of a request": """
$request = $request->withHeader('Authorization', 'Bearer ' . '⟦token t⟧');
""",
    "Guzzle's authentication": """
use GuzzleHttp\\Client;

$client = new Client(['base_uri' => 'https://erp.acme.lan', 'auth' => ['svc', '⟦password erp⟧']]);
""",
    "a base64 literal as key": """
$key = base64_decode('⟦base64 k⟧');
$boxed = sodium_crypto_secretbox($text, $nonce, $key);
""",
    "phpseclib": """
use phpseclib3\\Net\\SFTP;

$sftp = new SFTP('files.acme.lan');
$sftp->login('up', '⟦password sftp⟧');
""",
    "PHPMailer's properties": """
use PHPMailer\\PHPMailer\\PHPMailer;

$third = '⟦password smtp⟧';
$mail = new PHPMailer(true);
$mail->Host = 'smtp.acme.lan';
$mail->Password = $third;
""",
    "a password that is posted": """
if (isset($_POST['pass']) && hash_equals('⟦password p⟧', $_POST['password'])) {
    $_SESSION['ok'] = true;
}
""",
    "a switch over a password": """
function role(string $password): string
{
    switch ($password) {
        case '⟦password p⟧':
            return 'admin';
    }
    return 'guest';
}
""",
    "the AWS SDK": """
use Aws\\S3\\S3Client;

$second = '⟦token t⟧';
$client = new S3Client([
    'region' => 'eu-central-1',
    'credentials' => ['key' => 'AKIAEXAMPLEEXAMPLE00', 'secret' => $second],
]);
""",
    "a default of the environment": """
$word = getenv('FTP_WORD') ?: '⟦password ftp⟧';
ftp_login($link, 'up', $word);
""",
    "a list of accounts in a loop": """
$accounts = [['a', '⟦password a⟧'], ['b', '⟦password b⟧']];
foreach ($accounts as $account) {
    ldap_bind($link, $account[0], $account[1]);
}
""",
    "a heredoc": """
$dsn = <<<DSN
host=db.acme.lan user=shop password=⟦password db⟧ dbname=shop
DSN;
$link = pg_connect($dsn);
""",
    "a key of a request that is compared in constant time": """
if (!hash_equals('⟦token t⟧', $_GET['key'])) {
    exit;
}
""",
    "salts that sign cookies": """
define('LOGGED_IN_SALT', '⟦token t⟧');
""",
    "values of a map that a key is looked for in": """
const CLIENTS = ['shop' => '⟦token t⟧'];
$key = $_SERVER['HTTP_X_API_KEY'] ?? '';
if (!in_array($key, CLIENTS, true)) {
    exit;
}
""",
    "a statement with a hole": """
$w = '⟦password p⟧';
$sql = <<<SQL
CREATE USER 'shop'@'%' IDENTIFIED BY '$w';
SQL;
$pdo->exec($sql);
""",
}
_SEVERAL = {
    "settings that another file returns": """
-- config/database.php --
<?php
return [
    'host' => 'db.acme.lan',
    'word' => '⟦password db⟧',
];
-- public/index.php --
<?php
$config = require __DIR__ . '/../config/database.php';
$link = new PDO('mysql:host=' . $config['host'], 'shop', $config['word']);
""",
    "a constant that another file defines": """
-- inc/settings.php --
<?php
define('RELAY_WORD', '⟦password relay⟧');
-- index.php --
<?php
require_once 'inc/settings.php';
ftp_login($link, 'up', RELAY_WORD);
""",
}
_QUIET = {
    "labels and names of fields": """
$labels = ['password' => 'Password:', 'new_password' => 'Your new password', 'token' => 'One-time token'];
$field = '<input type="password" name="user_pass2">';
""",
    "credentials from the environment": """
$link = new PDO(getenv('DSN') ?: 'sqlite:/var/lib/shop-2.db', $_ENV['DB_USER'], $_ENV['DB_PASSWORD'] ?? '');
""",
    "a digest": """
$sum = hash('sha256', file_get_contents('/var/lib/shop/v2/archive-2024.tar.gz'));
if (hash_equals('⟦~hex64 sum⟧', $sum)) {
    unpack_archive();
}
""",
    "a name for a key": """
$key = $vault->read('projects/shop/secrets/hmac-key/versions/3');
$mac = hash_hmac('sha256', 'orders:v2', $key);
""",
}


def _program(text: str) -> str:
    return f"-- shop/main.php --\n<?php\n{text}"


@pytest.mark.parametrize("name", _FOUND)
def test_finds_every_credential_and_nothing_else_in(name: str) -> None:
    assert outcome(name, _program(_FOUND[name])) == (set(), set())


@pytest.mark.parametrize("name", _SEVERAL)
def test_follows_into_other_files(name: str) -> None:
    assert outcome(name, _SEVERAL[name].lstrip()) == (set(), set())


@pytest.mark.parametrize("name", _QUIET)
def test_finds_nothing_in(name: str) -> None:
    assert outcome(name, _program(_QUIET[name])) == (set(), set())


def test_a_chain_of_hundreds_of_calls_is_followed() -> None:
    chain = "$tree" + "".join(f"\n    ->node('n{number}')" for number in range(400))
    program = f"{chain};\nnew PDO('mysql:host=db', 'shop', '⟦password p⟧');\n"
    assert outcome("a long chain", _program(program)) == (set(), set())
