// SPDX-License-Identifier: MIT
#include "secure.h"

#include "credentials.h"
#include "support/give_up.h"
#include "whit/config.h"
#include "whit/mbedtls/tls_network.h"

namespace app {

namespace {

using board::Argument;
using board::Credential;
using whit::Bytes;
using whit::Text;
using whit::TlsVersion;

constexpr size_t kMaxPskBytes = 64;
constexpr uint16_t kSlots = static_cast<uint16_t>(whit::config::kConnections + whit::config::kHandshakes);

const char* program = "";
whit::TlsOptions tls;
Bytes authorities;
Bytes certificate;
int64_t given_time;
uint32_t given_at_ms;
uint32_t refusals_seen;

whit::TlsNetwork<kSlots>* network;  // once a program has asked for it

whit::Network& network_over(whit::Network& beneath, const char* program_name) {
  static whit::TlsNetwork<kSlots> over{beneath};
  program = program_name;
  network = &over;
  return over;
}

[[noreturn]] void give_up(std::initializer_list<const char*> parts) { app::give_up(program, parts); }

int64_t unix_time() {
  if (given_time == 0) return board::unix_time();
  return given_time + (board::now_ms() - given_at_ms) / 1000;
}

bool flag(const char* name) {
  char value[2];
  return board::argument(name, value, sizeof value);
}

uint8_t hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<uint8_t>(c - 'A' + 10);
  give_up({"--psk is not hexadecimal: digits are 0-9 and a-f"});
}

[[maybe_unused]] void read_psk() {
  static char psk_identity[65];
  static uint8_t psk[kMaxPskBytes];
  static char text[2 * kMaxPskBytes + 1];
  if (!board::argument("psk", text, sizeof text)) give_up({"--psk is too long: 64 bytes, 128 digits at most"});
  if (text[0] == '\0') return;
  const Text hex(text);
  if (hex.size % 2 != 0) give_up({"--psk has an odd number of digits: two make a byte"});
  for (size_t i = 0; i < hex.size / 2; ++i) {
    psk[i] = static_cast<uint8_t>(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
  }
  tls.psk = {psk, hex.size / 2};
  if (!board::argument("psk-identity", psk_identity, sizeof psk_identity))
    give_up({"--psk-identity is too long: 64 bytes at most"});
  tls.psk_identity = psk_identity;
}

TlsVersion version(const char* name) {
  char text[8] = "?";
  if (!board::argument(name, text, sizeof text)) text[0] = '?';
  if (Text(text) == "1.2") return TlsVersion::kTls12;
  if (Text(text) != "1.3") give_up({"--", name, " ", text, ": it is 1.2 or 1.3"});
  return TlsVersion::kTls13;
}

void read_options(const char* authorities_argument, const char* certificate_argument, const char* key_argument) {
  authorities = board::credential(Credential::kAuthorities, authorities_argument);
  certificate = board::credential(Credential::kCertificate, certificate_argument);
  tls.trusted = &authorities;
  tls.trusted_count = authorities.empty() ? 0 : 1;
  tls.certificates = &certificate;
  tls.certificate_count = certificate.empty() ? 0 : 1;
  tls.private_key = board::credential(Credential::kKey, key_argument);
  tls.min_version = version("tls-min");
  tls.max_version = version("tls-max");
  if constexpr (whit::config::kTlsPsk) read_psk();
  // A board without a clock, and not told the time: a certificate that had expired when it was built is refused.
  given_time = board::argument_number("time");
  given_at_ms = board::now_ms();
  tls.unix_time = unix_time;
  tls.dates = whit::TlsDates::kFloor;
  tls.floor_time = board::build_time();
}

// Where a role could not be configured: the error, its number, and the arguments that it may come from.
void check(whit::Status status, const char* authorities_argument, const char* certificate_argument,
           const char* key_argument) {
  if (status == whit::Status::kOk) return;
  const int32_t error = network->error();
  char digits[11];
  const char* const number = board::decimal(static_cast<uint32_t>(error < 0 ? -error : error), digits);
  give_up({whit::tls_error_text(error), error < 0 ? " (-" : " (", number, "); see --", certificate_argument, ", --",
           key_argument, " and --", authorities_argument});
}

constexpr Argument kNumber(const char* name, const char* help) { return {name, help, "0", Argument::kNumber}; }

constexpr size_t kMaxArguments = 20;
Argument all[kMaxArguments];
size_t all_count;

void add(const Argument& argument) {
  if (all_count < kMaxArguments) all[all_count++] = argument;
}

void add_credential(const char* name, const char* help) {
  const bool text = board::kCredentialKind == Argument::kText;
  add({name, help, text ? "" : nullptr, board::kCredentialKind});
}

}  // namespace

void declare_arguments(const char* description, const Argument* table, size_t count, Role role) {
  for (size_t i = 0; i < count; ++i) add(table[i]);
  if (role == Role::kServer) {
    add_credential("tls-cert", "serve wss with this certificate (and its chain)");
    add_credential("tls-key", "the certificate's key");
    add_credential("tls-ca", "ask clients for a certificate of this authority");
  } else {
    add_credential("ca", "authorities that are trusted; default: those of this machine");
    add_credential("cert", "our certificate, for servers that ask for one");
    add_credential("key", "the certificate's key");
    add({"insecure", "INSECURE: accept any certificate", nullptr, Argument::kFlag});
  }
  add({"tls-min", "lowest TLS version: 1.2 or 1.3", "1.2"});
  add({"tls-max", "highest TLS version: 1.2 or 1.3", "1.3"});
  if constexpr (whit::config::kTlsPsk) {
    add({"psk", "pre-shared key in hexadecimal", ""});
    add({"psk-identity", "its name", ""});
  }
  add(kNumber("time", "take this for the time, in seconds since 1970; 0: the machine's clock"));
  board::declare_arguments(description, all, all_count);
}

whit::Network& server_network(const char* program_name) { return network_over(board::server_network(), program_name); }

whit::Network& client_network(const char* program_name) { return network_over(board::network(), program_name); }

bool secure_server() {
  read_options("tls-ca", "tls-cert", "tls-key");
  if (certificate.empty() && !tls.private_key.empty()) give_up({"--tls-key needs --tls-cert"});
  if (certificate.empty() && tls.psk.empty()) return false;
  if (!certificate.empty() && tls.private_key.empty()) give_up({"--tls-cert needs --tls-key"});
  check(network->set_server(tls), "tls-ca", "tls-cert", "tls-key");
  return true;
}

void secure_client() {
  read_options("ca", "cert", "key");
  if (certificate.empty() != tls.private_key.empty()) give_up({"--cert and --key need each other"});
  if (authorities.empty() && tls.psk.empty()) {
    authorities = board::default_authorities();
    tls.trusted_count = authorities.empty() ? 0 : 1;
  }
  if (flag("insecure")) network->dangerously_accept_any_server_certificate();
  check(network->set_client(tls), "ca", "cert", "key");
}

void report_refusals() {
  const whit::TlsStatistics statistics = network->statistics();
  const uint32_t count = statistics.failed - refusals_seen;
  if (count == 0) return;
  refusals_seen = statistics.failed;
  if (count > 1) board::print_number(count);
  board::print(count > 1 ? " TLS handshakes refused, the last: " : "TLS handshake refused: ");
  board::print(whit::tls_error_text(statistics.last_failure));
  board::print(statistics.last_failure < 0 ? " (-" : " (");
  board::print_number(
      static_cast<uint32_t>(statistics.last_failure < 0 ? -statistics.last_failure : statistics.last_failure));
  board::print(")\n");
}

const char* cause_text(const whit::Cause& cause) {
  const bool ours = cause.where == whit::Cause::kSecure || cause.where == whit::Cause::kTransport ||
                    cause.where == whit::Cause::kResolve;
  return ours && cause.code > whit::kTlsExpired - 1 ? whit::tls_error_text(cause.code) : nullptr;
}

SecureMemory secure_memory() {
  const whit::TlsArenaUsage arena = network->statistics().arena;
  return {arena.used, arena.peak, arena.size};
}

void report_open() {
  static uint32_t resumed;
  static uint32_t handshakes;
  const whit::TlsStatistics statistics = network->statistics();
  if (statistics.handshakes == handshakes) return;  // not secure
  handshakes = statistics.handshakes;
  board::print(statistics.resumed != resumed ? "TLS session resumed\n" : "TLS session new\n");
  resumed = statistics.resumed;
}

}  // namespace app
