// SPDX-License-Identifier: MIT
#include "tls_path.h"

#include <mbedtls/ssl.h>

#include "tls_library.h"
#include "tls_role.h"

namespace whit {

namespace {

// Paths that are looked at in all. Each further one costs signatures, and a server can make a client look.
constexpr int kMaxPaths = 8;
constexpr int kMaxCertificates = MBEDTLS_X509_MAX_INTERMEDIATE_CA + 2;  // of a path, with leaf and anchor

// Flags of a certificate because of its issuer: there is none, or another key has signed, or a weak one.
constexpr uint32_t kOfIssuer = MBEDTLS_X509_BADCERT_NOT_TRUSTED | MBEDTLS_X509_BADCERT_BAD_KEY;

// Flags that are not Mbed TLS's to set: the dates are checked here, by TlsOptions::dates.
constexpr uint32_t kOfDates = kTlsOwnLibrary ? 0 : MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;

// A path that Mbed TLS has chosen, and its faults.
struct Path {
  const TlsRole* role;
  mbedtls_x509_crt* certificates[kMaxCertificates];  // the leaf first
  int size;
  int fault;  // the place of the certificate nearest to the anchor that is not in order
  uint32_t fault_flags;
  uint32_t leaf_flags;
  uint32_t flags;  // of all
  bool no_clock;

  void begin(const TlsRole& for_role) {
    *this = Path();
    role = &for_role;
  }
  void note(mbedtls_x509_crt* certificate, int depth, uint32_t found) {
    if (depth >= kMaxCertificates) return;
    found = (found & ~kOfDates) | tls_check_dates(*certificate, *role->options, &no_clock);
    certificates[depth] = certificate;
    if (size == 0) size = depth + 1;
    if (flags == 0) {
      fault = depth;
      fault_flags = found;
    }
    flags |= found;
    if (depth == 0) leaf_flags = found;
  }
  // The certificate without which there may be a better path; nullptr: none, it is the leaf itself.
  mbedtls_x509_crt* culprit() const {
    if (size == 0 || (leaf_flags & ~kOfIssuer) != 0) return nullptr;
    const int place = (fault_flags & kOfIssuer) != 0 && fault + 1 < size ? fault + 1 : fault;
    return place != 0 ? certificates[place] : nullptr;
  }
  bool dead_end() const { return fault == size - 1 && fault_flags == MBEDTLS_X509_BADCERT_NOT_TRUSTED; }
};

Path path;  // of the verification under way; one call of Mbed TLS begins and ends it

int note(void*, mbedtls_x509_crt* certificate, int depth, uint32_t* flags) {
  path.note(certificate, depth, *flags);
  *flags = 0;
  return 0;
}

bool unlink(mbedtls_x509_crt** link, const mbedtls_x509_crt* certificate) {
  for (; *link != nullptr; link = &(*link)->next) {
    if (*link != certificate) continue;
    *link = certificate->next;
    return true;
  }
  return false;
}

void insert(mbedtls_x509_crt** link, mbedtls_x509_crt* certificate) {
  certificate->next = *link;
  *link = certificate;
}

void append(mbedtls_x509_crt* list, mbedtls_x509_crt* more) {
  while (list->next != nullptr) list = list->next;
  list->next = more;
}

// Orders the peer's certificates: first the path, then the rest. So the search goes on from the path's end among all
// others. false: they were in this order already.
bool put_in_order() {
  bool moved = false;
  mbedtls_x509_crt** link = &path.certificates[0]->next;
  for (int i = 1; i < path.size; ++i) {
    mbedtls_x509_crt* const each = path.certificates[i];
    if (*link != each) {
      if (!unlink(link, each)) break;  // the anchor
      insert(link, each);
      moved = true;
    }
    link = &each->next;
  }
  return moved;
}

uint32_t search(mbedtls_x509_crt* leaf) {
  const TlsRole& role = *path.role;
  const uint32_t first = path.flags;
  // Mbed TLS links its lists through the certificates and only reads them otherwise.
  mbedtls_x509_crt* const anchors = const_cast<mbedtls_x509_crt*>(&role.trusted);
  mbedtls_x509_crt* trusted = anchors;
  mbedtls_x509_crt* of_peer = nullptr;  // left out
  mbedtls_x509_crt* of_ours = nullptr;
  uint32_t flags = first;
  for (int i = 1; i < kMaxPaths && flags != 0; ++i) {
    mbedtls_x509_crt* const culprit = path.culprit();
    if (culprit == nullptr) break;
    if (culprit == trusted) {
      trusted = trusted->next;
    } else if (!path.dead_end() || !put_in_order()) {
      if (unlink(&leaf->next, culprit)) {
        insert(&of_peer, culprit);
      } else if (trusted != nullptr && unlink(&trusted->next, culprit)) {
        insert(&of_ours, culprit);
      } else {
        break;
      }
    }
    path.begin(role);
    uint32_t of_mbedtls = 0;
    const int result = mbedtls_x509_crt_verify_with_profile(
        leaf, trusted, nullptr, role.config.MBEDTLS_PRIVATE(cert_profile), nullptr, &of_mbedtls, note, nullptr);
    if (result != 0 || path.size == 0) break;  // nothing that can be mended here: memory, or a path that is too long
    flags = path.flags;
  }
  append(leaf, of_peer);
  append(anchors, of_ours);
  return flags == 0 ? 0 : first;
}

}  // namespace

uint32_t tls_check_path(const TlsRole& role, mbedtls_x509_crt* certificate, int depth, uint32_t flags, bool* no_clock) {
  if (path.size == 0) path.begin(role);
  path.note(certificate, depth, flags);
  if (depth != 0) return 0;
  *no_clock = path.no_clock;
  const uint32_t result = path.flags == 0 ? 0 : search(certificate);
  path.size = 0;
  return result;
}

}  // namespace whit
