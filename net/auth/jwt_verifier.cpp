#include "net/auth/jwt_verifier.hpp"

#include <algorithm>
#include <cmath>

namespace pushmesh::net {
namespace {

using namespace std::chrono;

// 9999-12-31T23:59:59Z: what is later is as good as never, and has no RFC 3339 form.
constexpr double last_second = 253'402'300'799.0;

tl::unexpected<jwt_error> refused(const char* why) {
  return tl::unexpected(jwt_error{jwt_errc::invalid, why});
}

sys_time<milliseconds> to_time(double seconds) {
  const auto bounded = std::clamp(seconds, -last_second, last_second);
  return sys_time<milliseconds>(milliseconds(static_cast<std::int64_t>(std::floor(bounded * 1e3))));
}

std::vector<std::string> each_once(std::vector<std::string> tags) {
  std::vector<std::string> out;
  for (auto& tag : tags)
    if (std::find(out.begin(), out.end(), tag) == out.end()) out.push_back(std::move(tag));
  return out;
}

}  // namespace

bool jwt_verifier::is_signed(const jwt_token& token) const {
  return std::any_of(keys_.begin(), keys_.end(), [&](const jwt_key& key) {
    return key.algorithm() == token.algorithm && key.verify(token.signed_part, token.signature);
  });
}

const char* jwt_verifier::unmet_term(const jwt_claims& claims) const {
  if (!terms_.issuer.empty() && claims.issuer != terms_.issuer)
    return "its issuer (iss) is not the one this service trusts";
  // RFC 7519 section 4.1.3: who is not named by an audience that is there must refuse.
  if (terms_.audience.empty())
    return claims.has_audience ? "it is for an audience (aud), and this service has no such name"
                               : nullptr;
  const auto& names = claims.audience;
  const bool is_ours = std::find(names.begin(), names.end(), terms_.audience) != names.end();
  return is_ours ? nullptr : "its audience (aud) is not this service";
}

tl::expected<jwt_identity, jwt_error> jwt_verifier::verify(std::string_view text,
                                                           system_clock::time_point now) const {
  const auto token = parse_jwt(text);
  if (!token) return tl::unexpected(token.error());
  if (!is_signed(*token)) return refused("none of this service's keys made its signature");
  auto claims = parse_jwt_claims(token->claims);
  if (!claims) return tl::unexpected(claims.error());
  if (const auto* const why = unmet_term(*claims)) return refused(why);
  if (!claims->subject) return refused("it names no user (sub)");
  const auto today = floor<milliseconds>(now);
  if (claims->not_before && today + terms_.leeway < to_time(*claims->not_before))
    return refused("it is not valid yet (nbf)");
  jwt_identity who{*std::move(claims->subject), each_once(std::move(claims->tags)), std::nullopt};
  if (claims->expires) who.expires = to_time(*claims->expires);
  if (who.expires && today - terms_.leeway >= *who.expires)
    return tl::unexpected(jwt_error{jwt_errc::expired, "its time is over (exp)"});
  return who;
}

}  // namespace pushmesh::net
