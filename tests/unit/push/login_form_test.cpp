#include "cluster/push/login_form.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace pushmesh::cluster::push;

namespace {

// "proof/device/platform", or the code of the error.
std::string shown(const tl::expected<login_form, error>& form) {
  if (!form) return std::string(to_string(form.error().code));
  return form->proof + '/' + form->device + '/' + form->platform;
}
std::string shown(const tl::expected<std::optional<login_form>, error>& form) {
  if (!form) return std::string(to_string(form.error().code));
  return *form ? shown(tl::expected<login_form, error>(**form)) : "nobody";
}

struct row {
  std::string json, with_tokens, without;
};

const std::string long_name(257, 'x');
const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');

}  // namespace

TEST_CASE("the argument of a login event") {
  const std::vector<row> rows{
      {R"({"token":"t"})", "t//", "bad_request"},
      {R"({"token":"t","device":"d","platform":"p","more":[1]})", "t/d/p", "bad_request"},
      {R"({"user":"u","device":"d"})", "bad_request", "u/d/"},
      {R"({"user":"u","token":"t"})", "t//", "u//"},
      {R"("u1")", "bad_request", "u1//"},
      {R"({"token":"t","device":null,"platform":null})", "t//", "bad_request"},
      {R"({"token":5})", "token_invalid", "bad_request"},
      {R"({"token":null,"user":null})", "bad_request", "bad_request"},
      {R"({"token":"","user":""})", "//", "bad_request"},  // the verifier refuses the empty token
      {R"({"token":"t","user":"u","device":5})", "bad_request", "bad_request"},
      {R"({"token":"t","user":"u","platform":[]})", "bad_request", "bad_request"},
      {R"({"token":"t","user":"u","device":")" + long_name + "\"}", "bad_request", "bad_request"},
      {"{\"user\":\"" + long_name + "\"}", "bad_request", "bad_request"},
      {"\"" + long_name + "\"", "bad_request", "bad_request"},
      {"null", "bad_request", "bad_request"},
      {"5", "bad_request", "bad_request"},
      {R"(["u1"])", "bad_request", "bad_request"},
      {R"("")", "bad_request", "bad_request"},
      {deep, "bad_request", "bad_request"},
      {R"({"_placeholder":true,"num":0})", "bad_request", "bad_request"},
      {R"({"user":{"_placeholder":true,"num":0}})", "bad_request", "bad_request"}};
  for (const auto& r : rows) {
    CAPTURE(r.json.substr(0, 80));
    CHECK(shown(read_login(r.json, auth_mode::jwt)) == r.with_tokens);
    CHECK(shown(read_login(r.json, auth_mode::none)) == r.without);
  }
}

TEST_CASE("the auth payload of a connect logs in only when it says who") {
  const std::vector<row> rows{{"{}", "nobody", "nobody"},
                              {"null", "nobody", "nobody"},
                              {R"("u")", "nobody", "nobody"},
                              {R"({"device":"d"})", "nobody", "nobody"},
                              {R"({"token":null})", "nobody", "nobody"},
                              {R"({"token":"t","last":"m"})", "t//", "nobody"},
                              {R"({"token":{}})", "token_invalid", "nobody"},
                              {R"({"token":"t","device":1})", "bad_request", "nobody"},
                              {R"({"user":"u","platform":"web"})", "nobody", "u//web"},
                              {R"({"user":{"id":1}})", "nobody", "nobody"},
                              {R"({"user":""})", "nobody", "bad_request"},
                              {deep, "nobody", "nobody"}};
  for (const auto& r : rows) {
    CAPTURE(r.json.substr(0, 80));
    CHECK(shown(read_connect_auth(r.json, auth_mode::jwt)) == r.with_tokens);
    CHECK(shown(read_connect_auth(r.json, auth_mode::none)) == r.without);
  }
}
