// SPDX-License-Identifier: MIT
// libwebsockets as a client that keeps DEPTH messages under way: client_lws PORT SIZE DEPTH MS [tls]. Prints what
// client_whit.cpp prints.
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <string>

namespace {

constexpr double kWarmSeconds = 0.1;

struct Run {
  std::string frame;  // LWS_PRE bytes for the header, then the payload
  std::string work;   // what lws_write() masks where it lies
  size_t size = 0;
  size_t received = 0;  // of the present answer
  int owed = 0;
  double seconds = 0;
  double begin = 0;
  double cpu = 0;
  double messages = 0;
  bool measuring = false;
} run;

double seconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void measure() {
  const double now = seconds(CLOCK_MONOTONIC);
  if (!run.measuring && now - run.begin < kWarmSeconds) return;
  if (!run.measuring) {
    run.measuring = true;
    run.begin = now;
    run.cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    run.messages = 0;
    return;
  }
  if (now - run.begin < run.seconds || run.messages == 0) return;
  printf("{\"messages\": %.0f, \"own_us\": %.4f}\n", run.messages,
         (seconds(CLOCK_PROCESS_CPUTIME_ID) - run.cpu) / run.messages * 1e6);
  exit(0);
}

int send_owed(lws* connection) {
  while (run.owed != 0) {
    run.work = run.frame;  // lws_write() leaves it masked
    auto* const bytes = reinterpret_cast<unsigned char*>(&run.work[LWS_PRE]);
    if (lws_write(connection, bytes, run.size, LWS_WRITE_BINARY) < 0) return -1;
    --run.owed;
    if (run.owed == 0 || !lws_send_pipe_choked(connection)) continue;
    lws_callback_on_writable(connection);
    return 0;
  }
  return 0;
}

int receive(lws* connection, size_t size) {
  run.received += size;
  if (!lws_is_final_fragment(connection) || lws_remaining_packet_payload(connection) != 0) return 0;
  if (run.received != run.size) exit(1);
  run.received = 0;
  ++run.messages;
  ++run.owed;
  lws_callback_on_writable(connection);
  return 0;
}

int on_event(lws* connection, lws_callback_reasons reason, void*, void*, size_t size) {
  switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
      lws_callback_on_writable(connection);
      return 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
      return send_owed(connection);
    case LWS_CALLBACK_CLIENT_RECEIVE:
      return receive(connection, size);
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_CLIENT_CLOSED:
      fprintf(stderr, "client_lws: the connection ended\n");
      exit(1);
    default:
      return 0;
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) return 1;
  lws_set_log_level(LLL_ERR, nullptr);
  run.size = strtoul(arguments[2], nullptr, 10);
  run.frame.assign(LWS_PRE + run.size, 'w');
  run.owed = atoi(arguments[3]);
  run.seconds = atof(arguments[4]) / 1000;
  lws_protocols protocols[2] = {};
  protocols[0].name = "echo";
  protocols[0].callback = on_event;
  protocols[0].rx_buffer_size = 65536;
  lws_context_creation_info info = {};
  info.port = CONTEXT_PORT_NO_LISTEN;
  info.protocols = protocols;
  info.pt_serv_buf_size = 65536;
  info.options = count > 5 ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0;
  lws_context* const context = lws_create_context(&info);
  lws_client_connect_info to = {};
  to.context = context;
  to.address = to.host = to.origin = "127.0.0.1";
  to.port = atoi(arguments[1]);
  to.path = "/";
  // The certificate is not under test.
  if (count > 5) to.ssl_connection = LCCSCF_USE_SSL | LCCSCF_ALLOW_INSECURE | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK;
  if (context == nullptr || lws_client_connect_via_info(&to) == nullptr) return 1;
  run.begin = seconds(CLOCK_MONOTONIC);
  while (lws_service(context, 0) >= 0) measure();
}
