"""Rust programs: literals that reach what takes a credential, and literals that do not."""

from __future__ import annotations

import pytest

from tests.unit.scanner.analysis.followed import outcome

_FOUND = {
    "a guard of a choice": """
fn gate(req: &Request) -> bool {
    let given = req.headers().get("x-api-key").and_then(|v| v.to_str().ok());
    match given {
        Some(k) if k == "⟦token k⟧" => true,
        _ => false,
    }
}
""",
    "a map of pairs": """
fn login(user: &str, password: &str) -> bool {
    let known = HashMap::from([("anna", "⟦password p⟧")]);
    known.get(user) == Some(&password)
}
""",
    "a default that an attribute says": """
#[derive(Parser)]
struct Args {
    #[arg(long, env = "DB_PASSWORD", default_value = "⟦password p⟧")]
    word: String,
}
""",
    "an option that a variable holds": """
fn dump() {
    let w = "⟦password p⟧";
    let flag = format!("-p{w}");
    Command::new("mysqldump").arg(flag).arg("shop").status();
}
""",
    "a decoder of a module within one": """
use base64::{engine::general_purpose::STANDARD, Engine};

fn push(client: &Client) {
    let raw = STANDARD.decode("⟦base64 of token k⟧").unwrap();
    client.post("https://push.acme.dev").bearer_auth(String::from_utf8(raw).unwrap());
}
""",
    "a text that is formatted": """
use sqlx::PgPool;

const WHO: &str = "shop";
const WITH: &str = "⟦password db⟧";

async fn pool(host: &str) -> Result<PgPool, sqlx::Error> {
    let url = format!("postgres://{}:{}@{host}/shop", WHO, WITH);
    PgPool::connect(&url).await
}
""",
    "keywords of a connection": """
async fn open() -> Result<(), tokio_postgres::Error> {
    let word = String::from("⟦password db⟧");
    let text = format!("host=db.acme.lan user=shop password={word}");
    let (client, connection) = tokio_postgres::connect(&text, tokio_postgres::NoTls).await?;
    Ok(())
}
""",
    "a field of a structure that a builder takes": """
struct Settings {
    user: String,
    third: String,
}

impl Settings {
    fn new() -> Self {
        Self { user: "shop".into(), third: "⟦password db⟧".into() }
    }
}

fn options(settings: &Settings) -> mysql::OptsBuilder {
    mysql::OptsBuilder::new().user(Some(&settings.user)).pass(Some(settings.third.clone()))
}

fn main() {
    options(&Settings::new());
}
""",
    "basic authentication": """
fn fetch(client: &reqwest::Client) -> reqwest::RequestBuilder {
    let second = "⟦password erp⟧";
    client.get("https://erp.acme.lan/api").basic_auth("svc", Some(second))
}
""",
    "a key for HMAC, of bytes": """
use hmac::{Hmac, Mac};
use sha2::Sha256;

type HmacSha256 = Hmac<Sha256>;

static MATERIAL: &[u8] = b"⟦key32 k⟧";

fn mac(text: &[u8]) -> Vec<u8> {
    let mut mac = HmacSha256::new_from_slice(MATERIAL).expect("any length will do");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}
""",
    "a key of web tokens in a match": """
use jsonwebtoken::{DecodingKey, EncodingKey};

fn material(stage: &str) -> &'static str {
    match stage {
        "prod" => "⟦key32 prod⟧",
        _ => "⟦key32 test⟧",
    }
}

fn key() -> EncodingKey {
    EncodingKey::from_secret(material("prod").as_bytes())
}
""",
    "a conditional": """
fn word(prod: bool) -> String {
    let w = if prod { "⟦password a⟧" } else { "⟦password b⟧" };
    w.to_string()
}

fn login(session: &ssh2::Session) -> Result<(), ssh2::Error> {
    session.userauth_password("up", &word(true))
}
""",
    "a header": """
fn headers(request: http::request::Builder) -> http::request::Builder {
    request.header("X-Api-Key", "⟦token t⟧")
}
""",
    "a password that is compared": """
fn may(password: &str) -> bool {
    const MASTER: &str = "⟦password p⟧";
    password == MASTER
}
""",
    "ring's keys": """
use ring::hmac;

fn key() -> hmac::Key {
    let bytes = hex::decode("⟦hex64 k⟧").unwrap();
    hmac::Key::new(hmac::HMAC_SHA256, &bytes)
}
""",
    "a constant of a type": """
struct Relay;

impl Relay {
    const W: &'static str = "⟦password relay⟧";

    fn credentials(&self) -> lettre::transport::smtp::authentication::Credentials {
        lettre::transport::smtp::authentication::Credentials::new("relay".to_owned(), Self::W.to_owned())
    }
}
""",
    "a text that grows": """
fn login(session: &ssh2::Session) -> Result<(), ssh2::Error> {
    let mut word = String::from("⟦password p 0:7⟧");
    word += "⟦password p 7:⟧";
    session.userauth_password("up", &word)
}
""",
}
_SEVERAL = {
    "a constant of a module in a folder": """
-- src/settings/mod.rs --
pub const MATERIAL: &str = "⟦key32 k⟧";
-- src/auth.rs --
use jsonwebtoken::EncodingKey;

fn key() -> EncodingKey {
    EncodingKey::from_secret(crate::settings::MATERIAL.as_bytes())
}
""",
    "a function of another module": """
-- src/words.rs --
pub fn relay() -> String {
    "⟦password relay⟧".to_string()
}
-- src/mail.rs --
use crate::words;
use lettre::transport::smtp::authentication::Credentials;

fn account() -> Credentials {
    Credentials::new("relay".to_string(), words::relay())
}
""",
}
_QUIET = {
    "the name of a function for a default": """
struct Args {
    #[serde(default = "default_token_fn2")]
    kind: String,
    #[arg(long, default_value = "/etc/app/token-v2")]
    token_file: String,
}
""",
    "names of variables": """
const PASSWORD_VARIABLE: &str = "SHOP_DB_PASSWORD";
const TOKEN_FILE: &str = "/run/secrets/shop-token-2024";

fn word() -> String {
    std::env::var(PASSWORD_VARIABLE).expect("SHOP_DB_PASSWORD is not set (see README, part 2)")
}

async fn pool() -> sqlx::Pool<sqlx::Postgres> {
    sqlx::PgPool::connect(&format!("postgres://shop:{}@db.acme.lan/shop", word())).await.unwrap()
}
""",
    "kinds of fields": """
fn redacted(field: &str) -> bool {
    match field {
        "password" | "access_token" | "client_secret2" => true,
        _ => false,
    }
}
""",
    "a digest": """
const SUM: &str = "⟦~hex64 sum⟧";

fn intact(sum: &str) -> bool {
    sum == SUM
}
""",
}


def _program(text: str) -> str:
    return f"-- src/main.rs --\n{text.lstrip()}"


@pytest.mark.parametrize("name", _FOUND)
def test_finds_every_credential_and_nothing_else_in(name: str) -> None:
    assert outcome(name, _program(_FOUND[name])) == (set(), set())


@pytest.mark.parametrize("name", _SEVERAL)
def test_follows_into_other_files(name: str) -> None:
    assert outcome(name, _SEVERAL[name].lstrip()) == (set(), set())


@pytest.mark.parametrize("name", _QUIET)
def test_finds_nothing_in(name: str) -> None:
    assert outcome(name, _program(_QUIET[name])) == (set(), set())
