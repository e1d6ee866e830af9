#pragma once

#include <cstdint>
#include <string>

namespace pushmesh {

/// Whether clients must show a certificate of `tls_options::client_ca`.
enum class client_certificates : std::uint8_t {
  required,   ///< without one the handshake fails
  requested,  ///< one that is shown must be good; handshake::client_certificate() tells which it
              ///< was
};

/// TLS on the public listener. PEM files; TLS 1.2 is the least that is spoken.
struct tls_options {
  /// The server's certificate, then the intermediate ones up to the CA that clients know; empty: no
  /// TLS.
  std::string cert{};
  /// Its private key, without a passphrase.
  std::string key{};
  /// CAs of client certificates; empty: clients are not asked for one.
  std::string client_ca{};
  client_certificates clients = client_certificates::required;

  bool enabled() const noexcept { return !cert.empty() || !key.empty() || !client_ca.empty(); }
};

/// TLS to a server that the node connects to. PEM files; TLS 1.2 is the least that is spoken.
struct tls_connector_options {
  /// CAs that may have signed the server's certificate; empty: those of the system.
  std::string ca{};
  /// Name or address the certificate must have; empty: the one that is connected to.
  std::string name{};
  /// The node's own certificate and its key, where the server wants one; both or none.
  std::string cert{};
  std::string key{};

  bool given() const noexcept {
    return !ca.empty() || !name.empty() || !cert.empty() || !key.empty();
  }
};

}  // namespace pushmesh
