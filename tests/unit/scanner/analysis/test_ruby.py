"""Ruby programs: literals that reach what takes a credential, and literals that do not."""

from __future__ import annotations

import pytest

from tests.unit.scanner.analysis.followed import outcome

_FOUND = {
    "a structure that is made of names": """
-- a.rb --
Login = Struct.new(:user, :word)
login = Login.new("svc", "⟦password p⟧")
Net::SSH.start("h", login.user, password: login.word)
""",
    "what a routine yields": """
-- a.rb --
def with_login
  yield "svc", "⟦password p⟧"
end
with_login { |user, word| Net::SSH.start("h", user, password: word) }
""",
    "a method that is defined by a block": """
-- a.rb --
class Conf
  define_method(:word) { "⟦password p⟧" }
end
Net::SSH.start("h", "u", password: Conf.new.word)
""",
    "a setting of an application": """
-- a.rb --
set :sign_with, "⟦token k⟧"
post("/token") { JWT.encode({}, settings.sign_with, "HS256") }
""",
    "a token behind its scheme": """
-- a.rb --
Faraday.new(url: "https://api.acme.dev") { |f| f.request :authorization, "Bearer", key }
def key = ENV.fetch("ACME_KEY") { "⟦token k⟧" }
""",
    "a here document": """
-- a.rb --
conf = YAML.safe_load(<<~Y)
  user: app
  password: ⟦password p⟧
Y
""",
    "a constant of a module in a file of any name": """
-- config.rb --
module Settings
  WORD = "⟦key32 k⟧"
end
-- app.rb --
require_relative "config"
JWT.decode(token, Settings::WORD, true, algorithm: "HS256")
""",
    "a constant of a class in a file of its name": """
-- lib/acme/mail_settings.rb --
module Acme
  class MailSettings
    WORD = "⟦password p⟧".freeze
  end
end
-- lib/acme/mailer.rb --
Mail.defaults do
  delivery_method :smtp, address: "smtp.acme.dev", user_name: "svc", password: Acme::MailSettings::WORD
end
""",
    "an instance variable by its reader": """
class Store
  attr_reader :w
  def initialize(w = "⟦password p⟧")
    @w = w
  end
  def open = Mysql2::Client.new(host: "db", username: "shop", password: w)
end
""",
    "an argument of new": """
class Store
  def initialize(host, w)
    @host, @w = host, w
  end
  def open
    PG.connect(host: @host, password: @w)
  end
end
Store.new("db.acme.dev", "⟦password p⟧").open
""",
    "a keyword argument": """
class Store
  def initialize(host:, w:)
    @w = w
  end
  def open = PG.connect(password: @w)
end
Store.new(host: "db.acme.dev", w: "⟦password p⟧")
""",
    "a hash that is merged": """
BASE = { user: "shop", password: "⟦password p⟧" }.freeze
db = PG.connect(BASE.merge(host: "db"))
""",
    "a hash under a key": """
CONF = { mail: { w: "⟦password p⟧" } }
smtp = Net::SMTP.new("smtp.acme.dev", 587)
smtp.start("acme.dev", "svc", CONF[:mail][:w], :login)
""",
    "the last expression of a condition": """
def key
  if Rails.env.production?
    ENV["KEY"]
  else
    "⟦hex64 k⟧"
  end
end
JWT.encode({ a: 1 }, key, "HS256")
""",
    "a block that gives a default": """
k = ENV.fetch("JWT_KEY") { "⟦hex64 k⟧" }
JWT.decode(token, k, true, algorithm: "HS256")
""",
    "a cipher": """
cipher = OpenSSL::Cipher.new("aes-256-cbc")
cipher.encrypt
cipher.key = ["⟦hex64 k⟧"].pack("H*")
""",
    "a digest": """
k = "⟦token k⟧"
OpenSSL::HMAC.hexdigest("SHA256", k, body)
OpenSSL::HMAC.hexdigest(OpenSSL::Digest.new("sha1"), "⟦token j⟧", body)
""",
    "a message verifier": """
VERIFIER = ActiveSupport::MessageVerifier.new("⟦hex64 k⟧", digest: "SHA256")
CRYPT = ActiveSupport::MessageEncryptor.new(Base64.strict_decode64("⟦base64 b⟧"))
""",
    "settings of Rails": """
Rails.application.configure do
  config.secret_key_base = "⟦hex64 k⟧"
  config.action_mailer.smtp_settings = { address: "smtp", user_name: "svc", password: "⟦password p⟧" }
end
""",
    "settings of Sinatra and Rack": """
set :session_secret, "⟦hex64 k⟧"
use Rack::Session::Cookie, key: "sid", secret: "⟦hex64 j⟧"
""",
    "basic authentication of Net::HTTP": """
request = Net::HTTP::Get.new(uri)
w = "⟦password p⟧"
request.basic_auth("svc", w)
request["Authorization"] = "Bearer ⟦token t⟧"
""",
    "basic authentication of HTTParty": """
w = "⟦password p⟧"
HTTParty.get("https://acme.dev", basic_auth: { username: "svc", password: w })
""",
    "Rack's basic authentication": """
use Rack::Auth::Basic, "Restricted" do |username, password|
  username == "admin" && password == "⟦password p⟧"
end
""",
    "Rails' basic authentication with a block": """
authenticate_or_request_with_http_basic do |name, password|
  name == "admin" && ActiveSupport::SecurityUtils.secure_compare(password, "⟦password p⟧")
end
""",
    "a comparison with a parameter": """
def allowed? = params[:api_key] == "⟦token t⟧"
def trusted? = ["⟦token u⟧"].include?(request.headers["X-Api-Key"]) || params[:token].eql?("⟦token v⟧")
""",
    "Redis, Sequel and Mongo by their URLs": """
w = "⟦password p⟧"
DB = Sequel.connect("postgres://shop:#{w}@db.acme.dev/shop")
CACHE = Redis.new(url: "redis://:" + "⟦password q⟧" + "@cache.acme.dev:6379/0")
""",
    "services": """
client = Twilio::REST::Client.new(ENV["SID"], "⟦hex32 a⟧")
Stripe.api_key = "⟦token b⟧"
kit = Octokit::Client.new(access_token: "⟦token c⟧")
Aws.config.update(credentials: Aws::Credentials.new("AKIAX", "⟦token d⟧"))
""",
    "SSH": """
opts = { password: "⟦password p⟧", port: 22 }
Net::SSH.start("web01", "deploy", opts) { |ssh| ssh.exec!("uptime") }
Net::SCP.upload!("web01", "deploy", "a", "b", ssh: { password: "⟦password q⟧" })
""",
    "a directory": """
ldap = Net::LDAP.new(host: "dc1", auth: { method: :simple, username: "cn=x", password: "⟦password p⟧" })
other = Net::LDAP.new
other.auth("cn=x", "⟦password q⟧")
""",
    "a loop over servers": """
SERVERS = [{ host: "a", w: "⟦password p⟧" }, { host: "b", w: "⟦password q⟧" }]
SERVERS.each do |s|
  Mysql2::Client.new(host: s[:host], password: s[:w])
end
""",
    "a class it is based on": """
class Base
  def initialize(w)
    @w = w
  end
end
class Store < Base
  def initialize
    super("⟦password p⟧")
  end
  def open = PG.connect(password: @w)
end
""",
    "a method of a module": """
module Keys
  def self.current
    "⟦hex64 k⟧"
  end
end
JWT.encode({}, Keys.current, "HS256")
""",
    "a format": """
url = format("mysql2://shop:%s@db.acme.dev/shop", "⟦password p⟧")
Sequel.connect(url)
""",
    "a constant that is fetched from": """
class A
  DEFAULTS = { w: "⟦password p⟧" }
  def go = PG.connect(password: DEFAULTS.fetch(:w))
end
""",
    "a method that remembers": """
class A
  def key
    @key ||= "⟦hex64 k⟧"
  end
  def sign(c) = JWT.encode(c, key)
end
""",
    "a case": """
def word(stage)
  case stage
  when :prod then "⟦password p⟧"
  else ENV["W"]
  end
end
PG.connect(password: word(:prod))
""",
    "an environment with a default": """
SECRET = ENV["JWT_SECRET"] || "⟦hex64 k⟧"
JWT.encode({}, SECRET, "HS256")
""",
    "a header that is encoded here": """
req["Authorization"] = "Basic " + Base64.strict_encode64("svc:⟦password p⟧")
""",
    "a connection of Faraday": """
conn = Faraday.new(url: "https://acme.dev") do |f|
  f.request :authorization, :basic, "svc", "⟦password p⟧"
end
""",
    "settings of Sidekiq": """
Stripe.api_key = ENV["S"] || "⟦token a⟧"
Sidekiq.configure_server { |c| c.redis = { url: "redis://cache:6379", password: "⟦password q⟧" } }
""",
    "two assignments at once": """
user, w = "svc", "⟦password p⟧"
Mysql2::Client.new(username: user, password: w)
""",
    "a list that a method returns": """
def account
  ["svc", "⟦password p⟧"]
end
user, w = account
Mysql2::Client.new(username: user, password: w)
""",
    "parts that are joined": """
k = ["⟦key32 k 0:16⟧", "⟦key32 k 16:32⟧"].join
OpenSSL::HMAC.digest("SHA256", k, x)
""",
    "options that are spread": """
opts = { host: "db", password: "⟦password p⟧" }
PG.connect(**opts)
""",
    "Active Record": """
ActiveRecord::Base.establish_connection(adapter: "postgresql", host: "db", username: "u", password: "⟦password p⟧")
""",
    "Devise": """
Devise.setup do |config|
  config.secret_key = "⟦hex64 k⟧"
  config.pepper = "⟦hex64 j⟧"
  config.omniauth :github, "id", "⟦token t⟧"
end
""",
    "OmniAuth": """
Rails.application.config.middleware.use OmniAuth::Builder do
  provider :google_oauth2, "client-id", "⟦token t⟧"
end
""",
    "a cipher of a size": """
crypt = OpenSSL::Cipher::AES256.new(:CBC)
crypt.key = "⟦key32 k⟧"
""",
    "a class that is a client": """
class Client
  include HTTParty
  basic_auth "svc", "⟦password p⟧"
  headers "Authorization" => "Bearer ⟦token t⟧"
end
""",
    "a text that is turned round": """
JWT.encode({}, "⟦reversed of token t⟧".reverse, "HS256")
""",
    "a path in a hash": """
C = { a: { b: "⟦token t⟧" } }
JWT.encode({}, C.dig(:a, :b), "HS256")
""",
    "the second of a pair": """
require "savon"
CLIENT = Savon.client(wsdl: "https://s.acme.dev?wsdl", wsse_auth: ["svc", "⟦password p⟧"])
""",
    "a key by which columns are encrypted": """
Rails.application.config.active_record.encryption.primary_key = "⟦key32 k⟧"
""",
    "a setting that is the call of its name": """
Doorkeeper::JWT.configure do
  secret_key '⟦token t⟧'
end
""",
    "a set of tokens": """
class Guard
  TOKENS = Set.new(%w[⟦token t⟧])
  def call(env)
    token = env['HTTP_X_API_TOKEN']
    TOKENS.include?(token)
  end
end
""",
}

_NOTHING = {
    "symbols and columns": """
class User < ApplicationRecord
  has_secure_password
  validates :password, presence: true, length: { minimum: 12 }
  attr_encrypted :api_key, key: :encryption_key_7
  scope :by_token, ->(token) { where(token: token) }
end
params.require(:user).permit(:password, :password_confirmation, :reset_token_2)
""",
    "messages": """
errors.add(:password, "must have 12 characters")
flash[:alert] = "Invalid password or token 12"
redirect_to edit_password_path(reset_password_token: token), notice: "sent-mail-7"
""",
    "environments": """
PG.connect(host: "db-7.acme.dev", dbname: "shop7prod", user: "shop_rw_7", password: ENV.fetch("DB_PASSWORD_7"))
JWT.decode(token, Rails.application.credentials.fetch(:jwt_key_7), true, algorithm: "HS256")
""",
    "keys that are read": """
key = OpenSSL::PKey::RSA.new(File.read("/etc/keys/jwt-7.pem"), ENV["PASS"])
secret = SecureRandom.hex(32)
OpenSSL::HMAC.hexdigest("SHA256", secret, "payload-7-of-body")
""",
    "comparisons of kinds": """
return if token == "identifier"
next if params[:grant_type] == "password_grant_7"
raise unless ActiveSupport::SecurityUtils.secure_compare(Digest::SHA256.hexdigest(body), "⟦~hex64 d⟧")
""",
    "the folder that a program runs in": """
def default_tag(dir = Dir.pwd)
  parent = File.dirname(dir)
  File.basename(parent) == "releases-of-7"
end
""",
    "placeholders": """
Mysql2::Client.new(host: "localhost", username: "root", password: "")
config.secret_key_base = "changeme"
""",
}


def _program(text: str) -> str:
    return f"A program.\n{text.lstrip()}" if text.lstrip().startswith("-- ") else f"A program.\n-- app.rb --\n{text}"


@pytest.mark.parametrize("about", _FOUND)
def test_a_literal_that_reaches_what_takes_a_credential_is_found(about: str) -> None:
    assert outcome(about, _program(_FOUND[about])) == (set(), set())


@pytest.mark.parametrize("about", _NOTHING)
def test_a_literal_that_is_no_credential_is_left_alone(about: str) -> None:
    assert outcome(about, _program(_NOTHING[about])) == (set(), set())
