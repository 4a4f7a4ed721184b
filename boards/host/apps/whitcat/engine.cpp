// SPDX-License-Identifier: MIT
#include "engine.h"

#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "values.h"
#include "whit/client.h"
#include "whit/describe.h"
#include "whit/mbedtls/tls_network.h"
#include "whit/posix/posix_network.h"
#include "whit/proxy/proxy_network.h"

namespace whitcat {

namespace {

constexpr uint16_t kProxyBytes = 2048;  // of a request to a proxy, with credentials
constexpr char kSystemAuthorities[] = "/etc/ssl/certs/ca-certificates.crt";

Loop main_loop;
whit::PosixNetwork<Loop::kSlots> sockets;
whit::ProxyNetwork<Loop::kSlots, kProxyBytes> proxied{sockets};
whit::TlsNetwork<Loop::kSlots> tls_network{proxied};

// All that TlsOptions point to lives as long as the program.
whit::TlsOptions tls;
std::string authorities, certificate, key;
whit::Bytes trusted, own;

volatile sig_atomic_t signal_count;
volatile sig_atomic_t last_signal;

extern "C" void on_signal(int number) {
  last_signal = number;
  ++signal_count;
  sockets.wake();
}

void catch_signals() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

int64_t unix_time() { return time(nullptr); }

// Mbed TLS wants PEM with its ending NUL; DER begins with a SEQUENCE.
whit::Bytes credential(const std::string& file) {
  constexpr char kSequence = 0x30;
  return {reinterpret_cast<const uint8_t*>(file.c_str()), file.size() + (file[0] == kSequence ? 0 : 1)};
}

// A file that is something else altogether gets its own line, before the library looks at all of them together.
std::string read_credential(const char* option, const std::string& name, const char* label, const char* what) {
  std::string file = read_file(option, name);
  constexpr char kSequence = 0x30;
  if (file[0] == kSequence) return file;
  const size_t begin = file.find("-----BEGIN ");
  if (begin == std::string::npos || file.find(label, begin) == std::string::npos) {
    give_up(Exit::kUsage, std::string(option) + " " + name + ": this file is not " + what + " (PEM or DER)");
  }
  return file;
}

void read_certificate(const char* certificate_option, const char* key_option, const Options& options) {
  if (options.certificate.empty()) return;
  certificate = read_credential(certificate_option, options.certificate, "CERTIFICATE-----", "a certificate");
  key = read_credential(key_option, options.key, "PRIVATE KEY-----", "a private key");
  own = credential(certificate);
  tls.certificates = &own;
  tls.certificate_count = 1;
  tls.private_key = credential(key);
}

// The file to look at, by the number of the failure.
[[noreturn]] void refuse_tls(const char* certificate_option, const char* key_option, const Options& options) {
  const int32_t error = tls_network.error();
  std::string files;
  if (error == whit::kTlsBadKey) {
    files = std::string(key_option) + " " + options.key;
  } else {
    if (!options.certificate.empty()) files = std::string(certificate_option) + " " + options.certificate;
    if (!options.ca.empty()) files += (files.empty() ? "--ca " : ", or --ca ") + options.ca;
  }
  if (files.empty()) files = kSystemAuthorities;
  give_up(Exit::kUsage, files + ": " + whit::tls_error_text(error) + " (" + std::to_string(error) + ")");
}

std::string platform_text(const whit::Cause& cause) {
  const int32_t code = cause.code;
  const bool of_proxy = cause.where == whit::Cause::kConnect && is_proxy_error(code);
  if (of_proxy || code == whit::kProxyBadTarget || code == whit::kProxyRequestTooLong)
    return whit::proxy_error_text(code);
  if (code >= whit::kTlsExpired || code < -16) {
    if (cause.where != whit::Cause::kResolve || code > 0) return whit::tls_error_text(code);
  }
  if (cause.where == whit::Cause::kResolve && code < 0) return gai_strerror(code);
  return code > 0 ? strerror(code) : "";
}

void set_proxy(const Proxy& proxy) {
  whit::ProxyOptions out;
  out.host = {proxy.host.data(), proxy.host.size()};
  out.port = proxy.port;
  out.credentials = {reinterpret_cast<const uint8_t*>(proxy.credentials.data()), proxy.credentials.size()};
  proxied.set_proxy(out);
}

}  // namespace

Engine::Engine(const Options& options) {
  catch_signals();
  tls.unix_time = unix_time;
  set_proxy(options.proxy);
  if (main_loop.start(tls_network) != whit::Status::kOk) give_up(Exit::kFailure, "the network could not be started");
  if (options.listens && !options.certificate.empty()) start_server_tls(options);
  const bool redirected = options.redirects != 0;
  if (!options.listens && (redirected || whit::Client::is_secure({options.url.data(), options.url.size()}))) {
    start_client_tls(options);
  } else if (!options.listens && (options.insecure || !options.ca.empty() || !options.certificate.empty())) {
    give_up(Exit::kUsage, "--ca, --cert, --key and --insecure are for TLS, and the URL begins with ws://: use wss://");
  }
}

void Engine::start_client_tls(const Options& options) {
  if (options.ca.empty()) {
    if (access(kSystemAuthorities, R_OK) == 0) authorities = read_file("--ca", kSystemAuthorities);
  } else {
    authorities = read_credential("--ca", options.ca, "CERTIFICATE-----", "a certificate of an authority");
  }
  read_certificate("--cert", "--key", options);
  if (!authorities.empty()) {
    trusted = credential(authorities);
    tls.trusted = &trusted;
    tls.trusted_count = 1;
  }
  if (options.insecure) tls_network.dangerously_accept_any_server_certificate();
  if (tls_network.set_client(tls) != whit::Status::kOk) refuse_tls("--cert", "--key", options);
}

void Engine::start_server_tls(const Options& options) {
  read_certificate("--tls-cert", "--tls-key", options);
  if (tls_network.set_server(tls) != whit::Status::kOk) refuse_tls("--tls-cert", "--tls-key", options);
}

Loop& Engine::loop() { return main_loop; }
whit::Network& Engine::network() { return tls_network; }
uint32_t Engine::now_ms() const { return decltype(sockets)::now_ms(); }

Ready Engine::wait(uint32_t timeout_ms, bool watch_input, bool watch_output) {
  struct pollfd watched[] = {{sockets.descriptor(), POLLIN, 0},
                             {watch_input ? STDIN_FILENO : -1, POLLIN, 0},
                             {watch_output ? STDOUT_FILENO : -1, POLLOUT, 0}};
  timeout_ms = sockets.wait_ms(timeout_ms);
  (void)poll(watched, 3, timeout_ms > INT32_MAX ? -1 : static_cast<int>(timeout_ms));
  // An end or an error is something, too: read() and write() will tell.
  return {watched[1].revents != 0, watched[2].revents != 0};
}

int Engine::signals() const { return signal_count; }
Exit Engine::signal_exit() const { return last_signal == SIGTERM ? Exit::kTerminated : Exit::kInterrupted; }

std::string Engine::describe(const whit::Close& close) const {
  char line[whit::kDescriptionBytes + 128];
  const std::string text = platform_text(close.cause);
  const whit::Text described = whit::describe(close, line, sizeof line, {text.data(), text.size()});
  return {described.data, described.size};
}

std::string Engine::tls_text() {
  const whit::TlsStatistics statistics = tls_network.statistics();
  if (statistics.handshakes == handshakes_) return "";
  handshakes_ = statistics.handshakes;
  const bool resumed = statistics.resumed != resumed_;
  resumed_ = statistics.resumed;
  return resumed ? "TLS session resumed" : "TLS session new";
}

}  // namespace whitcat
