// Certificates for the cluster's links, made anew for each run by OpenSSL's command line.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/// A private CA in a folder of its own, which goes when the process ends.
export class Authority {
  constructor(name = "pushmesh test CA") {
    this.folder = mkdtempSync(join(tmpdir(), "pushmesh-ca-"));
    process.once("exit", () => rmSync(this.folder, { recursive: true, force: true }));
    this.ca = join(this.folder, "ca.pem");
    this.caKey = join(this.folder, "ca.key");
    this.#openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
      "-subj", `/CN=${name}`, "-keyout", this.caKey, "-out", this.ca);
  }

  #openssl(...args) {
    execFileSync("openssl", args, { cwd: this.folder, stdio: ["ignore", "pipe", "pipe"] });
  }

  /// A certificate for a node at `address`: {cert, key, ca}, paths of PEM files. With `expired` it was
  /// valid for one day, long ago.
  issue(name, address, { expired = false } = {}) {
    const path = (extension) => join(this.folder, `${name}.${extension}`);
    const [cert, key] = [path("pem"), path("key")];
    writeFileSync(path("ext"), [
      "basicConstraints=CA:FALSE",
      "keyUsage=digitalSignature,keyEncipherment",
      "extendedKeyUsage=serverAuth,clientAuth",
      `subjectAltName=IP:${address}`,
    ].join("\n"));
    this.#openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", `/CN=${name}`,
      "-keyout", key, "-out", path("csr"));
    if (expired) this.#issueExpired(name, path, cert);
    else this.#openssl("x509", "-req", "-in", path("csr"), "-CA", this.ca, "-CAkey", this.caKey, "-CAcreateserial",
      "-days", "30", "-extfile", path("ext"), "-out", cert);
    return { cert, key, ca: this.ca };
  }

  /// `openssl x509` of OpenSSL 3.0 knows no start date; `openssl ca` does.
  #issueExpired(name, path, cert) {
    writeFileSync(path("index"), "");
    writeFileSync(path("serial"), "77\n");
    writeFileSync(path("cnf"), [
      "[ca]", "default_ca=d", "[d]", `database=${path("index")}`, `serial=${path("serial")}`, `new_certs_dir=${this.folder}`,
      `certificate=${this.ca}`, `private_key=${this.caKey}`, "default_md=sha256", "policy=p", "unique_subject=no",
      "[p]", "commonName=supplied",
    ].join("\n"));
    this.#openssl("ca", "-batch", "-config", path("cnf"), "-startdate", "20200101000000Z", "-enddate", "20200102000000Z",
      "-in", path("csr"), "-extfile", path("ext"), "-out", cert, "-notext");
  }
}
