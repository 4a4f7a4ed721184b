// SPDX-License-Identifier: MIT
// websocketpp over Asio as a client that keeps DEPTH messages under way: client_websocketpp PORT SIZE DEPTH MS. Prints
// what client_whit.cpp prints.
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <websocketpp/client.hpp>
#include <websocketpp/config/asio_no_tls_client.hpp>

namespace {

constexpr double kWarmSeconds = 0.1;

using Client = websocketpp::client<websocketpp::config::asio_client>;
Client client;
std::string payload;
int depth;
double wanted_seconds, begin, cpu, messages;
bool measuring;

double seconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void measure() {
  const double now = seconds(CLOCK_MONOTONIC);
  if (!measuring && now - begin < kWarmSeconds) return;
  if (!measuring) {
    measuring = true;
    begin = now;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    messages = 0;
    return;
  }
  if (now - begin < wanted_seconds) return;
  std::printf("{\"messages\": %.0f, \"own_us\": %.4f}\n", messages,
              (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) / messages * 1e6);
  std::fflush(stdout);
  std::_Exit(0);
}

void send_one(const websocketpp::connection_hdl& connection) {
  websocketpp::lib::error_code error;
  client.send(connection, payload, websocketpp::frame::opcode::binary, error);
}

void on_message(const websocketpp::connection_hdl& connection, const Client::message_ptr& message) {
  if (message->get_payload().size() != payload.size()) std::exit(1);
  ++messages;
  send_one(connection);
  measure();
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) return 1;
  payload.assign(std::strtoul(arguments[2], nullptr, 10), 'w');
  depth = std::atoi(arguments[3]);
  wanted_seconds = std::atof(arguments[4]) / 1000;
  client.clear_access_channels(websocketpp::log::alevel::all);
  client.clear_error_channels(websocketpp::log::elevel::all);
  client.init_asio();
  client.set_tcp_post_init_handler([](const websocketpp::connection_hdl& connection) {
    client.get_con_from_hdl(connection)->get_raw_socket().set_option(boost::asio::ip::tcp::no_delay(true));
  });
  client.set_open_handler([](const websocketpp::connection_hdl& connection) {
    begin = seconds(CLOCK_MONOTONIC);
    for (int i = 0; i < depth; ++i) send_one(connection);
  });
  client.set_message_handler(on_message);
  client.set_fail_handler([](const websocketpp::connection_hdl&) { std::exit(1); });
  client.set_close_handler([](const websocketpp::connection_hdl&) { std::exit(1); });
  websocketpp::lib::error_code error;
  const std::string url = "ws://127.0.0.1:" + std::string(arguments[1]) + "/";
  client.connect(client.get_connection(url, error));
  client.run();
  return 1;
}
