// SPDX-License-Identifier: MIT
// The credentials of a device for TLS, and its trust anchors. On a host it is read from the files that the arguments
// name; on a board it is in flash, put there by the build (boards/common/credentials.cmake), and the argument only says
// that it is wanted.
//
// A product has its own: a certificate and a key per device, and the authorities of its servers.
#pragma once

#include <stdint.h>

#include "board.h"
#include "whit/bytes.h"

namespace board {

// The arguments by which an application asks for a credential.
enum class Credential : uint8_t { kAuthorities, kCertificate, kKey };

// How an argument that names a credential is given here: as a file name, or as a flag.
extern const Argument::Kind kCredentialKind;

// The bytes of a credential that `argument` asks for; empty: it was not given. DER, or PEM with its ending NUL. They
// stay until the program ends, which a file that cannot be read does at once, with a line that says why.
whit::Bytes credential(Credential which, const char* argument);

// Trust anchors when no argument names any: the machine's own store of authorities, or those in flash.
whit::Bytes default_authorities();

// Seconds since 1970, 0 when the board has no clock that knows the time.
int64_t unix_time();

// The date of the sources that this program was built from, in seconds since 1970: it is later than that, at least.
int64_t build_time();

}  // namespace board
