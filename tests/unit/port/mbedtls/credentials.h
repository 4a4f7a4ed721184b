// SPDX-License-Identifier: MIT
// The development credentials that tools/certificates makes when the tests are built.
#pragma once

#include <stdint.h>
#include <time.h>

#include <fstream>
#include <iterator>
#include <string>

#include "whit/bytes.h"

namespace whit {

struct TestCredentials {
  std::string bytes[6];
  Bytes authority, certificate, key, client_certificate, client_key, other_key;
  int64_t now = time(nullptr);

  TestCredentials() {
    static const char* const names[] = {"ca.der",     "server.der",     "server.key.der",
                                        "client.der", "client.key.der", "ca.key"};
    Bytes* const views[] = {&authority, &certificate, &key, &client_certificate, &client_key, &other_key};
    for (int i = 0; i < 6; ++i) {
      std::ifstream file(std::string(WHIT_TEST_CREDENTIALS "/") + names[i], std::ios::binary);
      bytes[i].assign(std::istreambuf_iterator<char>(file), {});
      *views[i] = {reinterpret_cast<const uint8_t*>(bytes[i].data()), bytes[i].size()};
    }
    other_key.size += 1;  // PEM, with its NUL
  }
};

inline TestCredentials& test_credentials() {
  static TestCredentials credentials;
  return credentials;
}

}  // namespace whit
