#include "cluster/push/login_form.hpp"

#include <utility>

#include "actors/api/json_value.hpp"
#include "net/auth/jwt_token.hpp"

namespace pushmesh::cluster::push {
namespace {

// Of any type: what the client may have meant is told apart here, with an answer for each.
struct fields {
  std::optional<json_value> token, user, device, platform;
};

template <class Fields>
void json_fields(Fields& f, fields& x) {
  f("token", x.token);
  f("user", x.user);
  f("device", x.device);
  f("platform", x.platform);
}

tl::unexpected<error> refused(error_code code, const char* message) {
  return tl::unexpected(error{code, message});
}

// False when it is there and no text of at most `max_device_length` bytes.
bool read_optional_text(const std::optional<json_value>& value, std::string& out) {
  if (!value) return true;
  auto text = value->get_if<std::string>();
  if (!text || text->size() > max_device_length) return false;
  out = *std::move(text);
  return true;
}

bool is_user(const std::string& name) {
  return !name.empty() && name.size() <= net::max_user_length;
}

// The token, or the user.
tl::expected<std::string, error> read_proof(const fields& f, auth_mode mode) {
  const auto& value = mode == auth_mode::jwt ? f.token : f.user;
  auto text = value->get_if<std::string>();
  if (mode == auth_mode::jwt) {
    if (!text) return refused(error_code::token_invalid, "the token is refused: it is not text");
    return *std::move(text);
  }
  if (!text || !is_user(*text))
    return refused(error_code::bad_request, "user: the name of a user is text of 1 to 256 bytes");
  return *std::move(text);
}

tl::expected<login_form, error> read_form(const fields& f, auth_mode mode) {
  login_form form;
  if (!read_optional_text(f.device, form.device))
    return refused(error_code::bad_request, "device: expected text of at most 128 bytes");
  if (!read_optional_text(f.platform, form.platform))
    return refused(error_code::bad_request, "platform: expected text of at most 128 bytes");
  auto proof = read_proof(f, mode);
  if (!proof) return tl::unexpected(std::move(proof.error()));
  form.proof = *std::move(proof);
  return form;
}

}  // namespace

tl::expected<std::optional<login_form>, error> read_connect_auth(std::string_view auth,
                                                                 auth_mode mode) {
  const auto f = try_from_json<fields>(auth);
  if (!f) return std::nullopt;
  // With auth "none" applications may have a `user` of their own there, of another type.
  const bool logs_in =
      mode == auth_mode::jwt ? f->token.has_value() : f->user && f->user->is_string();
  if (!logs_in) return std::nullopt;
  auto form = read_form(*f, mode);
  if (!form) return tl::unexpected(std::move(form.error()));
  return std::optional(*std::move(form));
}

tl::expected<login_form, error> read_login(std::string_view argument, auth_mode mode) {
  if (mode == auth_mode::none) {
    if (auto user = try_from_json<std::string>(argument)) {
      if (!is_user(*user))
        return refused(error_code::bad_request,
                       "user: the name of a user is text of 1 to 256 bytes");
      return login_form{*std::move(user), {}, {}};
    }
  }
  const auto f = try_from_json<fields>(argument);
  const bool has_proof = f && (mode == auth_mode::jwt ? f->token : f->user);
  if (has_proof) return read_form(*f, mode);
  return mode == auth_mode::jwt
             ? refused(error_code::bad_request,
                       "expected an object with the token: {\"token\": ..}")
             : refused(error_code::bad_request,
                       "expected the name of a user, or an object with it: {\"user\": ..}; this "
                       "service takes no tokens");
}

}  // namespace pushmesh::cluster::push
