// SPDX-License-Identifier: MIT
// Credentials from files.
#include "credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

namespace board {

const Argument::Kind kCredentialKind = Argument::kText;

namespace {

constexpr char kSystemAuthorities[] = "/etc/ssl/certs/ca-certificates.crt";
constexpr size_t kMaxFileBytes = 512 * 1024;  // the system's authorities are about 220 KB
constexpr size_t kMaxNameBytes = 1024;

struct File {
  uint8_t bytes[kMaxFileBytes + 1];  // Mbed TLS wants PEM to end with NUL
  size_t size;
};
File files[3];

[[noreturn]] void give_up(const char* argument, const char* name, const char* why) {
  print_error("--");
  print_error(argument);
  print_error(" ");
  print_error(name);
  print_error(why);
  print_error("\n");
  exit(1);
}

const char* read_file(File* file, const char* name) {
  const int descriptor = open(name, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return errno == ENOENT ? " cannot be opened: there is no such file" : " cannot be opened";
  file->size = 0;
  ssize_t got = 1;
  while (got > 0 && file->size < kMaxFileBytes) {
    got = read(descriptor, file->bytes + file->size, kMaxFileBytes - file->size);
    if (got > 0) file->size += static_cast<size_t>(got);
  }
  close(descriptor);
  if (got < 0) return " cannot be read";
  return got == 0 ? nullptr : " is too long";
}

whit::Bytes bytes_of(const File& file) {
  constexpr uint8_t kSequence = 0x30;  // DER begins so
  return {file.bytes, file.size + (file.bytes[0] == kSequence ? 0 : 1)};
}

}  // namespace

whit::Bytes credential(Credential which, const char* argument_name) {
  static char name[kMaxNameBytes];
  if (!argument(argument_name, name, sizeof name)) give_up(argument_name, "", "the name of the file is too long");
  if (name[0] == '\0') return {};
  File& file = files[static_cast<size_t>(which)];
  const char* const failure = read_file(&file, name);
  if (failure != nullptr) give_up(argument_name, name, failure);
  if (file.size == 0) give_up(argument_name, name, " is empty");
  return bytes_of(file);
}

whit::Bytes default_authorities() {
  File& file = files[static_cast<size_t>(Credential::kAuthorities)];
  return read_file(&file, kSystemAuthorities) == nullptr && file.size != 0 ? bytes_of(file) : whit::Bytes();
}

int64_t unix_time() { return time(nullptr); }

int64_t build_time() { return 0; }  // the clock is right

}  // namespace board
