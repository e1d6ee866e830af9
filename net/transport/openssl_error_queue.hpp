#pragma once

namespace pushmesh::net {

/// Makes every SSL_read and SSL_write of this process begin with an empty error queue, those of
/// libraries included; docs/decisions/0006 says why. Calling it has no other effect than that this
/// file is linked in.
void keep_openssl_error_queue_clean() noexcept;

}  // namespace pushmesh::net
