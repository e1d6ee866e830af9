#include "net/auth/jwt_verifier.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <openssl/evp.h>
#include <string>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include "net/protocol/base64url.hpp"
#include "tests/unit/auth/golden_tokens.hpp"
#include "tests/unit/auth/made_token.hpp"

using namespace pushmesh::net;
using namespace std::chrono_literals;
using made_token::signed_with;
using std::chrono::system_clock;

namespace {

constexpr system_clock::time_point at(std::chrono::milliseconds since_1970) {
  return system_clock::time_point(since_1970);
}
constexpr auto noon = at(1500s);  // the golden tokens are good from 1000 to 2000

jwt_key key_of(std::string_view content) {
  auto key = jwt_key::from_text(content);
  REQUIRE(key);
  return *key;
}

jwt_verifier with_keys(const std::vector<std::string>& contents,
                       jwt_terms terms = {.audience = "push"}) {
  std::vector<jwt_key> keys;
  for (const auto& content : contents) keys.push_back(key_of(content));
  return {std::move(keys), std::move(terms)};
}

std::string outcome(const jwt_verifier& v, std::string_view token,
                    system_clock::time_point now = noon) {
  const auto who = v.verify(token, now);
  if (who) return who->user;
  return who.error().code == jwt_errc::expired ? "expired" : "invalid";
}

}  // namespace

TEST_CASE("the example of RFC 7515 appendix A.1 verifies") {
  std::string secret;
  REQUIRE(decode_base64url(
      "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
      secret));
  const auto token = parse_jwt(
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ."
      "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  REQUIRE(token);
  CHECK(key_of(secret).verify(token->signed_part, token->signature));
  CHECK(parse_jwt_claims(token->claims)->issuer == "joe");
}

TEST_CASE("tokens that jose signed are good with their key and with no other") {
  struct row {
    const std::string& key;
    const std::string& token;
    jwt_algorithm algorithm;
  };
  const row rows[] = {{golden::secret, golden::hs256, jwt_algorithm::hs256},
                      {golden::rs256_key1, golden::rs256_token1, jwt_algorithm::rs256},
                      {golden::rs256_key2, golden::rs256_token2, jwt_algorithm::rs256},
                      {golden::es256_key1, golden::es256_token1, jwt_algorithm::es256},
                      {golden::es256_key2, golden::es256_token2, jwt_algorithm::es256}};
  for (const auto& key : rows) {
    CHECK(key_of(key.key).algorithm() == key.algorithm);
    for (const auto& token : rows)
      CHECK(outcome(with_keys({key.key}), token.token) == (&key == &token ? "u1" : "invalid"));
  }
  const auto who = with_keys({golden::rs256_key1}).verify(golden::rs256_token1, noon);
  CHECK(who->tags == std::vector<std::string>{"vip", "de"});
  CHECK(who->expires == std::chrono::sys_time<std::chrono::milliseconds>(2000s));
}

TEST_CASE("old and new keys are in use side by side") {
  const auto all =
      with_keys({golden::rs256_key1, golden::secret, golden::es256_key1, golden::rs256_key2});
  CHECK(outcome(all, golden::rs256_token1) == "u1");
  CHECK(outcome(all, golden::rs256_token2) == "u1");
  CHECK(outcome(all, golden::es256_token1) == "u1");
  CHECK(outcome(all, golden::hs256) == "u1");
  CHECK(outcome(all, golden::es256_token2) == "invalid");
  CHECK(outcome(with_keys({}), golden::hs256) == "invalid");
}

TEST_CASE("a public key is never taken for a secret") {
  for (const auto* pem : {&golden::rs256_key1, &golden::es256_key1}) {
    const auto& swapped =
        pem == &golden::rs256_key1 ? golden::rs256_key1_swapped : golden::es256_key1_swapped;
    CHECK(outcome(with_keys({*pem}), swapped) == "invalid");
    CHECK(outcome(with_keys({*pem, golden::secret}), swapped) == "invalid");
    for (const auto& secret : {*pem, *pem + "\n", pem->substr(0, pem->size() - 1)}) {
      for (const char* alg : {"HS256", "RS256", "ES256"}) {
        const auto token = signed_with(secret, R"({"sub":"u1","aud":"push"})",
                                       R"({"alg":")" + std::string(alg) + "\"}");
        CHECK(outcome(with_keys({*pem}), token) == "invalid");
      }
    }
  }
}

TEST_CASE("a token that was changed, cut or is not signed is invalid") {
  for (const auto& [key, token] : {std::pair{golden::secret, golden::hs256},
                                   std::pair{golden::rs256_key1, golden::rs256_token1},
                                   std::pair{golden::es256_key1, golden::es256_token1}}) {
    const auto v = with_keys({key});
    for (std::size_t i = 0; i < token.size(); i += 7) {
      CHECK(outcome(v, token.substr(0, i)) == "invalid");
      auto changed = token;
      changed[i] = changed[i] == 'A' ? 'B' : 'A';
      CHECK(outcome(v, changed) == "invalid");
    }
    const auto unsigned_part = token.substr(0, token.rfind('.') + 1);
    CHECK(outcome(v, unsigned_part) == "invalid");
    CHECK(outcome(v, unsigned_part + "AAAA") == "invalid");
    CHECK(outcome(v, unsigned_part + made_token::base64url(std::string(64, '\0'))) == "invalid");
    const auto none = made_token::base64url(R"({"alg":"none"})") +
                      token.substr(token.find('.'), token.rfind('.') + 1 - token.find('.'));
    CHECK(outcome(v, none) == "invalid");
  }
  CHECK(outcome(with_keys({golden::secret}), golden::hs512) == "invalid");
}

TEST_CASE("a token counts from nbf until exp, give or take the leeway") {
  const auto strict = with_keys({golden::secret});
  CHECK(outcome(strict, golden::hs256, at(999'999ms)) == "invalid");
  CHECK(outcome(strict, golden::hs256, at(1000s)) == "u1");
  CHECK(outcome(strict, golden::hs256, at(1'999'999ms)) == "u1");
  CHECK(outcome(strict, golden::hs256, at(2000s)) == "expired");
  const auto tolerant = with_keys({golden::secret}, {.audience = "push", .leeway = 5s});
  CHECK(outcome(tolerant, golden::hs256, at(994'999ms)) == "invalid");
  CHECK(outcome(tolerant, golden::hs256, at(995s)) == "u1");
  CHECK(outcome(tolerant, golden::hs256, at(2004'999ms)) == "u1");
  CHECK(outcome(tolerant, golden::hs256, at(2005s)) == "expired");
  CHECK(tolerant.verify(golden::hs256, at(2001s))->expires ==
        std::chrono::sys_time<std::chrono::milliseconds>(2000s));
}

TEST_CASE("an expired token is only called so when all else is well") {
  const auto late = at(9000s);
  CHECK(outcome(with_keys({"other secret"}), golden::hs256, late) == "invalid");
  CHECK(outcome(with_keys({golden::secret}, {.audience = "chat"}), golden::hs256, late) ==
        "invalid");
  CHECK(outcome(with_keys({golden::secret}), golden::hs256, late) == "expired");
  CHECK(outcome(with_keys({golden::secret}),
                signed_with(golden::secret, R"({"exp":1,"aud":"push"})"), late) == "invalid");
}

TEST_CASE("audience and issuer must be those of the service") {
  CHECK(outcome(with_keys({golden::secret}, {.audience = "mail"}), golden::hs256) == "u1");
  CHECK(outcome(with_keys({golden::secret}, {.audience = "pus"}), golden::hs256) == "invalid");
  CHECK(outcome(with_keys({golden::secret}, {}), golden::hs256) ==
        "invalid");  // it has one, we have none
  CHECK(outcome(with_keys({golden::secret}, {.audience = "push", .issuer = "shop"}),
                golden::hs256) == "u1");
  CHECK(outcome(with_keys({golden::secret}, {.audience = "push", .issuer = "Shop"}),
                golden::hs256) == "invalid");
  const auto bare = signed_with(golden::secret, R"({"sub":"u2"})");
  CHECK(outcome(with_keys({golden::secret}, {}), bare) == "u2");
  CHECK(outcome(with_keys({golden::secret}), bare) == "invalid");
  CHECK(outcome(with_keys({golden::secret}, {.issuer = "shop"}), bare) == "invalid");
}

TEST_CASE("a token without exp never ends, tags come once") {
  const auto v = with_keys({golden::secret}, {});
  const auto who =
      v.verify(signed_with(golden::secret, R"({"sub":"u1","tags":["b","a","b"]})"), noon);
  REQUIRE(who);
  CHECK_FALSE(who->expires);
  CHECK(who->tags == std::vector<std::string>{"b", "a"});
  const auto far = v.verify(signed_with(golden::secret, R"({"sub":"u1","exp":1e300})"), noon);
  CHECK(far->expires == std::chrono::sys_time<std::chrono::milliseconds>(253'402'300'799s));
  CHECK(outcome(v, signed_with(golden::secret, R"({"sub":"u1","exp":-1e300})")) == "expired");
}

TEST_CASE("what is no key is refused, and never taken for a secret") {
  for (const auto& content :
       {std::string(), std::string("\n"), std::string("\r\n"), golden::es384_key,
        golden::ed25519_key, golden::rs256_key1 + golden::rs256_key1,
        golden::rs256_key1.substr(0, 100), "x" + golden::rs256_key1.substr(30) + "-----BEGIN ",
        std::string("-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n"),
        std::string("-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n"),
        std::string(64 * 1024 + 1, 'x')}) {
    CAPTURE(content.substr(0, 40));
    CHECK_FALSE(jwt_key::from_text(content));
  }
}

TEST_CASE("a public key in another form than PEM is never taken for a secret") {
  const auto& pem = golden::rs256_key1;
  std::array<unsigned char, 1024> der;
  const auto begin = pem.find('\n') + 1;
  std::string base64;
  for (const char c : pem.substr(begin, pem.find("-----END") - begin))
    if (c != '\n' && c != '\r') base64 += c;
  const auto size =
      EVP_DecodeBlock(der.data(), reinterpret_cast<const unsigned char*>(base64.data()),
                      static_cast<int>(base64.size()));
  REQUIRE(size > 0);
  for (const auto& content :
       {std::string(reinterpret_cast<const char*>(der.data()), static_cast<std::size_t>(size)),
        std::string(R"({"kty":"RSA","n":"AQAB","e":"AQAB"})"),
        std::string("\n {\n \"keys\": [{\"kty\": \"EC\", \"crv\": \"P-256\"}]}\n"),
        std::string("ssh-rsa AAAAB3NzaC1yc2E me@host\n"),
        std::string("ecdsa-sha2-nistp256 AAAAE2VjZHNh me@host\n")}) {
    CAPTURE(content.substr(0, 40));
    const auto key = jwt_key::from_text(content);
    REQUIRE_FALSE(key);
    CHECK(key.error() == "it is a public key, but not in PEM form (BEGIN PUBLIC KEY)");
  }
  for (const auto* secret : {"{\"a\": 1}", "sshsecret", "0secret"})
    CHECK(jwt_key::from_text(secret));
}

TEST_CASE("one line end behind a secret is stripped, nothing else") {
  const std::string text = "text", other = "other";
  const auto token = signed_with("secret", R"({"sub":"u1"})");
  CHECK(outcome(with_keys({"secret"}, {}), token) == "u1");
  CHECK(outcome(with_keys({"secret\n"}, {}), token) == "u1");
  CHECK(outcome(with_keys({"secret\r\n"}, {}), token) == "u1");
  CHECK(outcome(with_keys({"secret\n\n"}, {}), token) == "invalid");
  CHECK(outcome(with_keys({" secret"}, {}), token) == "invalid");
  CHECK(key_of("secret").is_weak());
  CHECK_FALSE(key_of(golden::secret).is_weak());
  CHECK_FALSE(key_of(golden::es256_key1).is_weak());
}

TEST_CASE("key files that cannot be used are named in a sentence") {
  char folder[] = "/tmp/pushmesh-keys-XXXXXX";
  REQUIRE(::mkdtemp(folder));
  const auto file = std::string(folder) + "/key";
  const auto written = [&](std::string_view content) {
    std::ofstream(file, std::ios::trunc) << content;
    return load_jwt_keys({file});
  };
  CHECK(written("secret\n")->size() == 1);
  CHECK(written(golden::es256_key1)->front().algorithm() == jwt_algorithm::es256);
  CHECK(written("").error() == "key file " + file + ": it is empty");
  CHECK(written("-----BEGIN PRIVATE KEY-----\n").error() ==
        "key file " + file + ": it holds a private key; a node needs the public key only");
  CHECK(load_jwt_keys({file + "2"}).error() ==
        "key file " + file + "2: it cannot be read: No such file or directory");
  CHECK_FALSE(load_jwt_keys({folder}));
  std::remove(file.c_str());
  ::rmdir(folder);
}
