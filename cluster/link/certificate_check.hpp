#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pushmesh::cluster {

/// PEM files of a node for the links to its peers: mutual TLS with certificates of a private CA.
struct certificate_files {
  std::string cert;  ///< the node's certificate; intermediate ones may follow it
  std::string key;   ///< its private key, without a passphrase
  std::string ca;    ///< whose certificates we trust
};

/// What peers would refuse these files for, a sentence each; empty when they will do. To be asked
/// before CAF reads them: it throws for some of it, and finds the rest when the first peer calls.
///
/// A certificate will do when it is of this CA at the time `now`, matches the key, and may be used
/// by servers and by clients (RFC 5280 section 4.2.1.12: one without that extension may).
std::vector<std::string> check_certificates(const certificate_files& files,
                                            std::chrono::system_clock::time_point now);

/// How the links of a node are protected.
enum class link_security : std::uint8_t {
  refused,  ///< the node must not start
  plain,
  mutual_tls,
};

struct link_security_verdict {
  link_security what = link_security::refused;
  /// Why refused, or what plain links mean; empty when there is nothing to say.
  std::string sentence;
};

/// Whether strangers may be let in on the cluster port: a switch of the operator.
enum class strangers : std::uint8_t { kept_out, accepted };

/// Decides on a node that takes links at `listen` (HOST:PORT). Without certificates CAF would
/// speak plain, or TLS with anybody: whoever reaches the port commands the node. So off loopback
/// all three files are needed, or strangers accepted by name (`--insecure`). Some of the files
/// without the others are a mistake everywhere.
link_security_verdict judge_link_security(std::string_view listen, const certificate_files& files,
                                          strangers policy);

/// The same for a client that dials nodes (HOST:PORT each).
link_security_verdict judge_client_security(const std::vector<std::string>& nodes,
                                            const certificate_files& files, strangers policy);

}  // namespace pushmesh::cluster
