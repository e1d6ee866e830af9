#include "cluster/link/certificate_check.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "tests/unit/certificate_folder.hpp"

using namespace pushmesh::cluster;
using namespace std::chrono_literals;

namespace {

constexpr auto year = 365 * 24h;

// Certificates for this file's tests, made once: two clusters of the script, and some that it would
// not make.
class certificates : public pushmesh::test::certificate_folder {
 public:
  static const certificates& get() {
    static const certificates all;
    return all;
  }

  certificate_files of(const std::string& cert, const std::string& key,
                       const std::string& ca = "ours/ca.crt") const {
    return {path(cert), path(key), path(ca)};
  }

 private:
  certificates() {
    const std::string make = PUSHMESH_SOURCE_DIR "/deploy/make-certs.sh ";
    run(make + "ours n1=10.0.0.1,n1.example n2=10.0.0.2");
    run(make + "theirs n1=10.0.0.1");
    sign("server_only", "extendedKeyUsage = serverAuth");
    sign("client_only", "extendedKeyUsage = clientAuth");
    sign("any_use", "basicConstraints = CA:FALSE");
    run("openssl pkey -in ours/n1.key -aes128 -passout pass:x -out encrypted.key");
    run("echo 'not PEM' >text");
    run("cat ours/n1.crt theirs/n1.crt >with_another.crt");
    run("cat ours/n1.crt >damaged.crt && head -5 ours/n2.crt >>damaged.crt");
  }

  // NAME.crt with n1's key, for uses of its own.
  void sign(const std::string& name, const std::string& extension) const {
    run("echo '" + extension + "' >extension && openssl req -new -key ours/n1.key -subj /CN=n1 | " +
        "openssl x509 -req -CA ours/ca.crt -CAkey ours/ca.key -set_serial 7 -days 100 " +
        "-extfile extension -out " + name + ".crt");
  }
};

std::vector<std::string> problems(const certificate_files& files,
                                  std::chrono::system_clock::duration from_now = {}) {
  return check_certificates(files, std::chrono::system_clock::now() + from_now);
}

}  // namespace

TEST_CASE("what the script makes passes the check, and each key is its owner's alone") {
  const auto& all = certificates::get();
  CHECK(problems(all.of("ours/n1.crt", "ours/n1.key")).empty());
  CHECK(problems(all.of("ours/n2.crt", "ours/n2.key")).empty());
  for (auto key : {"ours/ca.key", "ours/n1.key", "ours/n2.key"}) {
    struct stat about {};
    REQUIRE(::stat(all.path(key).c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0600);
  }
}

TEST_CASE("run again the script keeps what is good and renews what has other addresses") {
  const auto& all = certificates::get();
  const auto content = [&](const std::string& file) {
    std::ifstream in(all.path(file));
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const std::string make = PUSHMESH_SOURCE_DIR "/deploy/make-certs.sh ";
  all.run(make + "again n1=10.0.0.1 n2=::1");
  const auto ca = content("again/ca.crt");
  const auto kept = content("again/n2.crt");
  const auto key = content("again/n1.key");
  const auto replaced = content("again/n1.crt");
  all.run(make + "again n1=10.0.0.1,n1.example n2=::1");
  CHECK(content("again/ca.crt") == ca);
  CHECK(content("again/n2.crt") == kept);
  CHECK(content("again/n1.key") == key);
  CHECK(content("again/n1.crt") != replaced);
  CHECK(problems(all.of("again/n1.crt", "again/n1.key", "again/ca.crt")).empty());
  all.run("! " + make + "again 'n1=10.0.0.1:7000'");
  all.run("rm again/ca.key && ! " + make + "again n1=10.0.0.1");
}

TEST_CASE("each problem is one sentence that names the file") {
  const auto& all = certificates::get();
  struct row {
    const char* what;
    certificate_files files;
    std::chrono::system_clock::duration from_now;
    std::vector<const char*> sentences;  // parts, one for each problem
  };
  const row table[] = {
      {"expired",
       all.of("ours/n1.crt", "ours/n1.key"),
       4 * year,
       {"cluster certificate /tmp/pushmesh-certificates-.*/ours/n1.crt expired on "}},
      {"all expired",
       all.of("ours/n1.crt", "ours/n1.key"),
       20 * year,
       {"ours/n1.crt expired on ", "cluster CA .*ours/ca.crt expired on "}},
      {"not yet valid",
       all.of("ours/n1.crt", "ours/n1.key"),
       -1 * year,
       {"ours/n1.crt is not valid before ", "ours/ca.crt is not valid before "}},
      {"of another CA",
       all.of("theirs/n1.crt", "theirs/n1.key"),
       0h,
       {"theirs/n1.crt is not signed by the cluster CA .*ours/ca.crt: its issuer is "}},
      {"its own CA",
       all.of("ours/n1.crt", "ours/n1.key", "ours/n1.crt"),
       0h,
       {"ours/n1.crt is not signed by the cluster CA "}},
      {"another's key",
       all.of("ours/n1.crt", "ours/n2.key"),
       0h,
       {"ours/n2.key of the cluster certificate belongs to another certificate than .*n1.crt"}},
      {"for servers",
       all.of("server_only.crt", "ours/n1.key"),
       0h,
       {"server_only.crt does not allow its use by a client .*clientAuth"}},
      {"for clients",
       all.of("client_only.crt", "ours/n1.key"),
       0h,
       {"client_only.crt does not allow its use by a server .*serverAuth"}},
      {"for any use", all.of("any_use.crt", "ours/n1.key"), 0h, {}},
      {"others behind it", all.of("with_another.crt", "ours/n1.key"), 0h, {}},
      {"encrypted",
       all.of("ours/n1.crt", "encrypted.key"),
       0h,
       {"encrypted.key of the cluster certificate is encrypted"}},
      {"nothing there",
       all.of("no.crt", "no.key", "no_ca.crt"),
       0h,
       {"no.crt cannot be read: No such file", "no_ca.crt cannot be read: No such file",
        "no.key of the cluster certificate cannot be read: No such file"}},
      {"a folder", all.of("ours", "ours/n1.key"), 0h, {"ours cannot be read: Is a directory"}},
      {"not PEM",
       all.of("text", "text", "text"),
       0h,
       {"text holds no certificate in PEM form", "CA .*text holds no certificate in PEM form",
        "text of the cluster certificate holds no private key in PEM form"}},
      {"damaged",
       all.of("damaged.crt", "ours/n1.key"),
       0h,
       {"damaged.crt is damaged: certificate 2"}},
      {"mixed up",
       all.of("ours/n1.key", "ours/n1.crt"),
       0h,
       {"n1.key holds no certificate", "n1.crt of the cluster certificate holds no private key"}},
  };
  for (const auto& r : table) {
    CAPTURE(r.what);
    const auto found = problems(r.files, r.from_now);
    CHECK(found.size() == r.sentences.size());
    for (std::size_t i = 0; i < std::min(found.size(), r.sentences.size()); ++i) {
      // ".*" stands for anything.
      const std::string_view pattern = r.sentences[i];
      const auto gap = pattern.find(".*");
      CAPTURE(found[i]);
      CAPTURE(pattern);
      const auto first = found[i].find(pattern.substr(0, gap));
      CHECK(first != std::string::npos);
      if (gap == pattern.npos || first == std::string::npos) continue;
      CHECK(found[i].find(pattern.substr(gap + 2), first + gap) != std::string::npos);
    }
  }
}

TEST_CASE("off loopback links need certificates, or strangers accepted by name") {
  const certificate_files all{"c", "k", "a"};
  struct row {
    const char* listen;
    certificate_files files;
    strangers policy;
    link_security verdict;
    const char* part;  // of the sentence
  };
  using enum link_security;
  using enum strangers;
  const row table[] = {
      {"0.0.0.0:7000", all, kept_out, mutual_tls, ""},
      {"127.0.0.1:7000", all, kept_out, mutual_tls, ""},
      {"127.0.0.1:7000", {}, kept_out, plain, ""},
      {"[::1]:7000", {}, kept_out, plain, ""},
      {"localhost:7000", {}, kept_out, plain, ""},
      {"10.0.0.1:7000", {}, kept_out, refused, "reaches the cluster port 10.0.0.1:7000"},
      {"0.0.0.0:7000", {}, kept_out, refused, "--insecure"},
      {"[::]:7000", {}, kept_out, refused, "deploy/make-certs.sh"},
      {"node.example:7000", {}, kept_out, refused, "node.example:7000"},
      {"10.0.0.1:7000", {}, accepted, plain, "links are not protected"},
      {"127.0.0.1:7000", {}, accepted, plain, ""},
      {"127.0.0.1:7000", {"c", "", "a"}, kept_out, refused, "not given: --cluster-key"},
      {"10.0.0.1:7000", {"", "", "a"}, accepted, refused, "--cluster-cert and --cluster-key"},
  };
  for (const auto& r : table) {
    CAPTURE(r.listen);
    const auto result = judge_link_security(r.listen, r.files, r.policy);
    CHECK(result.what == r.verdict);
    CHECK_MESSAGE(result.sentence.find(r.part) != std::string::npos, result.sentence);
    CHECK(result.sentence.empty() == (*r.part == '\0'));
  }
}
