"""Go programs: literals that reach what takes a credential, and literals that do not."""

from __future__ import annotations

import pytest

from tests.unit.scanner.analysis.followed import outcome

_FOUND = {
    "a keyfunc that returns a literal": """
import "github.com/dgrijalva/jwt-go"

func check(raw string) (*jwt.Token, error) {
	return jwt.Parse(raw, func(t *jwt.Token) (interface{}, error) {
		return []byte("⟦token k⟧"), nil
	})
}
""",
    "a keyfunc by its name, under an alias": """
import jwtgo "github.com/golang-jwt/jwt/v4"

func material(t *jwtgo.Token) (any, error) {
	v := "⟦token k⟧"
	return []byte(v), nil
}

func check(raw string) (*jwtgo.Token, error) {
	return jwtgo.ParseWithClaims(raw, &jwtgo.RegisteredClaims{}, material)
}
""",
    "a method as keyfunc, of a field that is set by a constructor": """
import "github.com/golang-jwt/jwt/v5"

type checker struct{ k []byte }

func newChecker(k string) *checker { return &checker{k: []byte(k)} }

func (c *checker) lookup(t *jwt.Token) (any, error) { return c.k, nil }

func (c *checker) check(raw string) (*jwt.Token, error) { return jwt.Parse(raw, c.lookup) }

var standard = newChecker("⟦token k⟧")
""",
    "a token that is made and signed in steps": """
import "github.com/golang-jwt/jwt"

func sign(name string) (string, error) {
	token := jwt.New(jwt.SigningMethodHS256)
	token.Claims.(jwt.MapClaims)["sub"] = name
	text, err := token.SignedString([]byte("⟦key32 k⟧"))
	return text, err
}
""",
    "the key of gin's middleware": """
import (
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
)

func guard() (*jwt.GinJWTMiddleware, error) {
	return jwt.New(&jwt.GinJWTMiddleware{
		Realm:   "shop",
		Key:     []byte("⟦key24 k⟧"),
		Timeout: time.Hour,
	})
}
""",
    "the signing key of echo's middleware": """
import echojwt "github.com/labstack/echo-jwt/v4"

var guard = echojwt.WithConfig(echojwt.Config{SigningKey: []byte("⟦key32 k⟧"), TokenLookup: "header:Authorization"})
""",
    "the key of fiber's middleware": """
import jwtware "github.com/gofiber/contrib/jwt"

var guard = jwtware.New(jwtware.Config{SigningKey: jwtware.SigningKey{JWTAlg: "HS256", Key: []byte("⟦key32 k⟧")}})
""",
    "the getter of auth0's middleware": """
import (
	jwtmiddleware "github.com/auth0/go-jwt-middleware"
	"github.com/form3tech-oss/jwt-go"
)

var guard = jwtmiddleware.New(jwtmiddleware.Options{
	ValidationKeyGetter: func(t *jwt.Token) (interface{}, error) { return []byte("⟦key32 k⟧"), nil },
	SigningMethod:       jwt.SigningMethodHS256,
})
""",
    "chi's tokens": """
import "github.com/go-chi/jwtauth/v5"

var tokens = jwtauth.New("HS256", []byte("⟦key32 k⟧"), nil)
""",
    "a signer of cristalhq": """
import "github.com/cristalhq/jwt/v4"

func signer() (jwt.Signer, error) {
	material := []byte(`⟦key32 k⟧`)
	return jwt.NewSignerHS(jwt.HS256, material)
}
""",
    "a key of go-jose": """
import "github.com/go-jose/go-jose/v3"

func signer() (jose.Signer, error) {
	return jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte("⟦key32 k⟧")}, nil)
}
""",
    "a key of lestrrat's jwx": """
import (
	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwt"
)

func sign(t jwt.Token) ([]byte, error) { return jwt.Sign(t, jwt.WithKey(jwa.HS256, []byte("⟦key32 k⟧"))) }
""",
    "keys of cookies": """
import "github.com/gorilla/sessions"

var store = sessions.NewCookieStore([]byte("⟦key32 first⟧"), []byte("⟦key32 second⟧"))
""",
    "a data source name with mysql's form": """
import "database/sql"

func open() (*sql.DB, error) {
	return sql.Open("mysql", "shop:⟦password db⟧@tcp(db.acme.lan:3306)/shop?parseTime=true")
}
""",
    "a data source name that is joined": """
import "database/sql"

var who, with = "shop", "⟦password db⟧"

func open(host string) (*sql.DB, error) {
	return sql.Open("mysql", who+":"+with+"@tcp("+host+":3306)/shop")
}
""",
    "a data source name of keywords, in gorm": """
import (
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

func open() (*gorm.DB, error) {
	dsn := "host=db.acme.lan user=shop password=⟦password db⟧ dbname=shop port=5432 sslmode=disable"
	return gorm.Open(postgres.Open(dsn), &gorm.Config{})
}
""",
    "the fields of a configuration, formatted": """
import (
	"database/sql"
	"fmt"
)

type settings struct {
	Host, User, Phrase, Name string
}

var current = settings{"db.acme.lan", "shop", "⟦password db⟧", "shop"}

func (s settings) dsn() string {
	return fmt.Sprintf("%s:%s@tcp(%s:3306)/%s", s.User, s.Phrase, s.Host, s.Name)
}

func open() (*sql.DB, error) { return sql.Open("mysql", current.dsn()) }
""",
    "a password that is set as a field of a driver's configuration": """
import "github.com/go-sql-driver/mysql"

func config(third string) *mysql.Config {
	c := mysql.NewConfig()
	c.Passwd = third
	return c
}

var ready = config("⟦password db⟧")
""",
    "basic authentication with a package variable": """
import "net/http"

var (
	first  = "svc"
	second = "⟦password p⟧"
)

func get(url string) (*http.Response, error) {
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth(first, second)
	return http.DefaultClient.Do(req)
}
""",
    "a bearer in a header": """
import "net/http"

const who = "⟦token t⟧"

func get(req *http.Request) { req.Header.Set("Authorization", "Bearer "+who) }
""",
    "a header for a key": """
import "net/http"

func get(req *http.Request) { req.Header.Add("X-Api-Key", "⟦token t⟧") }
""",
    "headers as a map of lists": """
import "net/http"

var headers = http.Header{"X-Api-Key": {"⟦token t⟧"}, "Accept": {"application/json"}}
""",
    "static credentials of the second AWS SDK": """
import (
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

var provider = credentials.NewStaticCredentialsProvider("AKIAEXAMPLEEXAMPLE00", "⟦token t⟧", "")
var option = config.WithCredentialsProvider(provider)
""",
    "static credentials as a structure": """
import "github.com/aws/aws-sdk-go-v2/aws"

func credentials() aws.Credentials {
	v := "⟦token t⟧"
	return aws.Credentials{AccessKeyID: "AKIAEXAMPLEEXAMPLE00", SecretAccessKey: v}
}
""",
    "minio": """
import (
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

func client(host string) (*minio.Client, error) {
	return minio.New(host, &minio.Options{Creds: credentials.NewStaticV4("backup", "⟦password p⟧", "")})
}
""",
    "a password that a form's is compared with": """
import "net/http"

func login(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("username") == "admin" && r.FormValue("password") == "⟦password p⟧" {
		w.WriteHeader(http.StatusNoContent)
	}
}
""",
    "a parameter that is compared with a constant": """
const master = "⟦password p⟧"

func may(user, password string) bool { return user == "root" && password == master }
""",
    "a switch over a password": """
func role(password string) string {
	switch password {
	case "⟦password admin⟧":
		return "admin"
	case "":
		return "none"
	}
	return "guest"
}
""",
    "an HMAC with a key in a list of keys": """
import (
	"crypto/hmac"
	"crypto/sha256"
)

var ring = [][]byte{[]byte("⟦key32 a⟧"), []byte("⟦key32 b⟧")}

func mac(text []byte) []byte {
	h := hmac.New(sha256.New, ring[0])
	h.Write(text)
	return h.Sum(nil)
}

func old(text []byte) []byte {
	for _, k := range ring[1:] {
		hmac.New(sha256.New, k).Write(text)
	}
	return nil
}
""",
    "a cipher's key made of a digest": """
import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
)

func block() (cipher.Block, error) {
	sum := sha256.Sum256([]byte("⟦password p⟧"))
	return aes.NewCipher(sum[:])
}
""",
    "a passphrase of a key derivation": """
import (
	"crypto/sha256"

	"golang.org/x/crypto/pbkdf2"
)

func derive(salt []byte) []byte { return pbkdf2.Key([]byte("⟦password p⟧"), salt, 600000, 32, sha256.New) }
""",
    "mail of gomail": """
import "gopkg.in/gomail.v2"

func dialer() *gomail.Dialer { return gomail.NewDialer("smtp.acme.lan", 587, "shop", "⟦password p⟧") }
""",
    "a password of a URL": """
import "net/url"

var proxy = url.URL{Scheme: "http", Host: "proxy.acme.lan:3128", User: url.UserPassword("svc", "⟦password p⟧")}
""",
    "a variable that is declared before it is set": """
import "golang.org/x/crypto/ssh"

func auth(prod bool) ssh.AuthMethod {
	var phrase string
	if prod {
		phrase = "⟦password prod⟧"
	} else {
		phrase = "⟦password test⟧"
	}
	return ssh.Password(phrase)
}
""",
    "a default beside the environment": """
import (
	"os"

	"github.com/redis/go-redis/v9"
)

func client() *redis.Client {
	with := os.Getenv("CACHE_AUTH")
	if with == "" {
		with = "⟦password p⟧"
	}
	return redis.NewClient(&redis.Options{Addr: "cache:6379", Password: with})
}
""",
    "a base64 literal that is decoded": """
import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

func mac() []byte {
	k, _ := base64.StdEncoding.DecodeString("⟦base64 k⟧")
	return hmac.New(sha256.New, k).Sum(nil)
}
""",
    "a text that a builder makes": """
import (
	"strings"

	"golang.org/x/crypto/ssh"
)

func auth() ssh.AuthMethod {
	var b strings.Builder
	b.WriteString("⟦password p 0:8⟧")
	b.WriteString("⟦password p 8:⟧")
	return ssh.Password(b.String())
}
""",
    "a named type of texts": """
import "golang.org/x/crypto/ssh"

type Phrase string

const phrase Phrase = "⟦password p⟧"

func auth() ssh.AuthMethod { return ssh.Password(string(phrase)) }
""",
    "options as functions": """
import "golang.org/x/crypto/ssh"

type client struct{ auth []ssh.AuthMethod }

type option func(*client)

func using(phrase string) option {
	return func(c *client) { c.auth = append(c.auth, ssh.Password(phrase)) }
}

func New(options ...option) *client { return nil }

var standard = New(using("⟦password p⟧"))
""",
    "an anonymous structure in a table": """
import "net/smtp"

var accounts = []struct {
	host string
	user string
	word string
}{
	{"mail.acme.lan", "orders", "⟦password a⟧"},
	{host: "mail.acme.org", user: "help", word: "⟦password b⟧"},
}

func auths() (found []smtp.Auth) {
	for _, one := range accounts {
		found = append(found, smtp.PlainAuth("", one.user, one.word, one.host))
	}
	return found
}
""",
    "a map of structures": """
import "github.com/jlaffaye/ftp"

type login struct{ User, Word string }

var servers = map[string]login{
	"files.acme.lan:21": {User: "up", Word: "⟦password a⟧"},
}

func connect(name string) error {
	c, err := ftp.Dial(name)
	if err != nil {
		return err
	}
	return c.Login(servers[name].User, servers[name].Word)
}
""",
    "a header of gRPC": """
import (
	"context"

	"google.golang.org/grpc/metadata"
)

func with(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer ⟦token t⟧")
}
""",
    "a key of a payment service": """
import "github.com/stripe/stripe-go/v76/webhook"

func event(body []byte, sent string) error {
	_, err := webhook.ConstructEvent(body, sent, "⟦token t⟧")
	return err
}
""",
}

_SEVERAL = {
    "a setting of another package through a function": """
-- internal/settings/settings.go --
package settings

import "os"

func fallback(name, other string) string {
	if v, ok := os.LookupEnv(name); ok {
		return v
	}
	return other
}

// Phrase is what the relay asks for.
func Phrase() string { return fallback("RELAY", "⟦password relay⟧") }
-- cmd/relay/main.go --
package main

import (
	"net/smtp"

	"acme.dev/relay/internal/settings"
)

func auth() smtp.Auth { return smtp.PlainAuth("", "relay", settings.Phrase(), "mail.acme.lan") }
""",
    "options that are handed to a package as a structure": """
-- internal/store/store.go --
package store

import (
	"database/sql"
	"fmt"
)

// Options say where the store is.
type Options struct {
	Host string
	User string
	Word string
}

// Open connects.
func Open(o *Options) (*sql.DB, error) {
	return sql.Open("postgres", fmt.Sprintf("host=%s user=%s password=%s dbname=shop", o.Host, o.User, o.Word))
}
-- cmd/shop/main.go --
package main

import "acme.dev/shop/internal/store"

func main() {
	db, err := store.Open(&store.Options{Host: "db.acme.lan", User: "shop", Word: "⟦password db⟧"})
	if err != nil {
		panic(err)
	}
	defer db.Close()
}
""",
    "a method that is told a password from elsewhere": """
-- pkg/erp/client.go --
package erp

import "net/http"

// Client talks to the ERP.
type Client struct{ name, word string }

// Login says who asks.
func (c *Client) Login(name, word string) { c.name, c.word = name, word }

// Do asks.
func (c *Client) Do(req *http.Request) (*http.Response, error) {
	req.SetBasicAuth(c.name, c.word)
	return http.DefaultClient.Do(req)
}
-- cmd/sync/main.go --
package main

import "acme.dev/sync/pkg/erp"

func main() {
	var c erp.Client
	c.Login("svc", "⟦password erp⟧")
}
""",
    "a constant of another package with a weak name": """
-- internal/defaults/defaults.go --
package defaults

// Defaults of our own.
const (
	Issuer   = "accounts.acme.dev"
	Material = "⟦token k⟧"
)
-- internal/auth/auth.go --
package auth

import (
	"github.com/golang-jwt/jwt/v5"

	"acme.dev/shop/internal/defaults"
)

func sign(c jwt.Claims) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString([]byte(defaults.Material))
}
""",
    "a method in another file of the package": """
-- internal/auth/keys.go --
package auth

type keys struct{}

func (keys) current() []byte { return []byte("⟦key32 k⟧") }
-- internal/auth/mac.go --
package auth

import (
	"crypto/hmac"
	"crypto/sha256"
)

type signer struct{ keys keys }

func (s signer) mac(text []byte) []byte {
	h := hmac.New(sha256.New, s.keys.current())
	h.Write(text)
	return h.Sum(nil)
}
""",
}


_QUIET = {
    "defaults by the names of settings": """
import (
	"net/smtp"
	"os"
)

var defaults = map[string]string{
	"MAIL_HOST":     "mail-1.acme.lan",
	"MAIL_USER":     "Orders-2",
	"MAIL_PASSWORD": "",
}

func setting(name string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return defaults[name]
}

func auth() smtp.Auth {
	return smtp.PlainAuth("", setting("MAIL_USER"), setting("MAIL_PASSWORD"), setting("MAIL_HOST"))
}
""",
    "a keyfunc of a public key": """
import (
	"os"

	"github.com/golang-jwt/jwt/v5"
)

const path = "/etc/shop/jwt-public-2024.pem"

func check(raw string) (*jwt.Token, error) {
	return jwt.Parse(raw, func(t *jwt.Token) (any, error) {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		return jwt.ParseRSAPublicKeyFromPEM(data)
	}, jwt.WithIssuer("https://accounts.acme.dev/v2"))
}
""",
    "a data source name that comes from elsewhere": """
import (
	"database/sql"
	"fmt"
	"os"
)

func open() (*sql.DB, error) {
	user, word := os.Getenv("DB_USER"), os.Getenv("DB_PASSWORD")
	return sql.Open("mysql", fmt.Sprintf("%s:%s@tcp(%s)/shop", user, word, "db.acme.lan:3306"))
}
""",
    "a data source name without a password": """
import "database/sql"

func open() (*sql.DB, error) { return sql.Open("sqlite3", "file:/var/lib/shop/shop-v12.db?cache=shared&mode=rwc") }
""",
    "names of fields, columns and messages": """
import "errors"

var ErrBadPassword = errors.New("bad password: at least 12 characters, 1 digit")

type account struct {
	Password string `json:"password" validate:"min=12,max=72"`
	Token    string `json:"access_token,omitempty"`
}

const passwordColumn = "users.password_hash"
""",
    "a comparison with nothing or a kind": """
func may(token, kind string) bool {
	return token != "" && kind == "access-token-v2"
}
""",
    "a test of a hash's form": """
import "strings"

func hashed(password string) bool { return strings.HasPrefix(password, "$2a$10$") }
""",
    "texts that are written into a MAC": """
import (
	"crypto/hmac"
	"crypto/sha256"
)

func mac(key []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("orders/v2|⟦~hex16 tag⟧"))
	return h.Sum(nil)
}
""",
    "another routine of the same name": """
import "net/smtp"

type mailer struct{ user, word string }

func newMailer(user, word string) *mailer { return &mailer{user, word} }

func (m *mailer) auth() smtp.Auth { return smtp.PlainAuth("", m.user, m.word, "mail.acme.lan") }

func main() { newMailer("svc", fromVault("kv/mail-2024")) }

func fromVault(path string) string { return "" }
""",
}


def _program(text: str) -> str:
    return f"-- shop/main.go --\npackage shop\n{text}"


@pytest.mark.parametrize("name", _FOUND)
def test_finds_every_credential_and_nothing_else_in(name: str) -> None:
    assert outcome(name, _program(_FOUND[name])) == (set(), set())


@pytest.mark.parametrize("name", _SEVERAL)
def test_follows_into_other_files(name: str) -> None:
    assert outcome(name, _SEVERAL[name].lstrip()) == (set(), set())


@pytest.mark.parametrize("name", _QUIET)
def test_finds_nothing_in(name: str) -> None:
    assert outcome(name, _program(_QUIET[name])) == (set(), set())
