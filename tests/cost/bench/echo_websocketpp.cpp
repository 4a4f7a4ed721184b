// SPDX-License-Identifier: MIT
// websocketpp over Asio as an echo server, one thread: echo_websocketpp PORT.
#include <cstdlib>
#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/server.hpp>

namespace {

using Server = websocketpp::server<websocketpp::config::asio>;
Server server;

void echo(websocketpp::connection_hdl connection, Server::message_ptr message) {
  websocketpp::lib::error_code error;
  server.send(connection, message->get_payload(), message->get_opcode(), error);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return 1;
  server.clear_access_channels(websocketpp::log::alevel::all);
  server.clear_error_channels(websocketpp::log::elevel::all);
  server.init_asio();
  server.set_reuse_addr(true);
  server.set_tcp_post_init_handler([](websocketpp::connection_hdl connection) {
    server.get_con_from_hdl(connection)->get_raw_socket().set_option(boost::asio::ip::tcp::no_delay(true));
  });
  server.set_message_handler(echo);
  server.set_listen_backlog(4096);
  server.listen(boost::asio::ip::make_address("127.0.0.1"), static_cast<uint16_t>(std::atoi(arguments[1])));
  server.start_accept();
  server.run();
}
