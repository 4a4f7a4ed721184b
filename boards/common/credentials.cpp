// SPDX-License-Identifier: MIT
// Credentials in flash: arrays that credentials.cmake has made of files.
#include "credentials.h"

#include "credentials_in_flash.h"

namespace board {

const Argument::Kind kCredentialKind = Argument::kFlag;

whit::Bytes credential(Credential which, const char* argument_name) {
  char given[2];
  if (!argument(argument_name, given, sizeof given)) return {};
  switch (which) {
    case Credential::kAuthorities:
      return default_authorities();
    case Credential::kCertificate:
      return {flash_certificate, flash_certificate_size};
    case Credential::kKey:
      return {flash_key, flash_key_size};
  }
  return {};
}

whit::Bytes default_authorities() { return {flash_authority, flash_authority_size}; }

int64_t unix_time() { return 0; }

int64_t build_time() { return flash_build_time; }

}  // namespace board
