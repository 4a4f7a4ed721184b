// SPDX-License-Identifier: MIT
// libwebsockets as an echo server, one thread, text validated: echo_lws PORT [CERTIFICATE KEY].
#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>

#include <deque>
#include <new>
#include <string>

namespace {

struct Message {
  std::string bytes;  // LWS_PRE bytes for the header, then the payload
  bool binary;
};

struct Session {
  Message incoming;
  std::deque<Message> outgoing;
};

int receive(lws* connection, Session* session, const char* data, size_t size) {
  Message& message = session->incoming;
  if (message.bytes.empty()) message.bytes.assign(LWS_PRE, '\0');
  message.bytes.append(data, size);
  if (!lws_is_final_fragment(connection) || lws_remaining_packet_payload(connection) != 0) return 0;
  message.binary = lws_frame_is_binary(connection) != 0;
  session->outgoing.push_back(std::move(message));
  message = Message();
  lws_callback_on_writable(connection);
  return 0;
}

int send_waiting(lws* connection, Session* session) {
  while (!session->outgoing.empty()) {
    Message& message = session->outgoing.front();
    auto* const bytes = reinterpret_cast<unsigned char*>(&message.bytes[LWS_PRE]);
    const size_t size = message.bytes.size() - LWS_PRE;
    const int sent = lws_write(connection, bytes, size, message.binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT);
    if (sent < 0) return -1;
    session->outgoing.pop_front();
    if (session->outgoing.empty() || !lws_send_pipe_choked(connection)) continue;
    lws_callback_on_writable(connection);
    return 0;
  }
  return 0;
}

int on_event(lws* connection, lws_callback_reasons reason, void* user, void* data, size_t size) {
  Session* const session = static_cast<Session*>(user);
  switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
      new (session) Session();
      return 0;
    case LWS_CALLBACK_CLOSED:
      session->~Session();
      return 0;
    case LWS_CALLBACK_RECEIVE:
      return receive(connection, session, static_cast<const char*>(data), size);
    case LWS_CALLBACK_SERVER_WRITEABLE:
      return send_waiting(connection, session);
    default:
      return 0;
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return 1;
  lws_set_log_level(LLL_ERR, nullptr);
  lws_protocols protocols[2] = {};
  protocols[0].name = "echo";
  protocols[0].callback = on_event;
  protocols[0].per_session_data_size = sizeof(Session);
  protocols[0].rx_buffer_size = 65536;
  lws_context_creation_info info = {};
  info.port = atoi(arguments[1]);
  info.iface = "127.0.0.1";
  info.protocols = protocols;
  info.options = LWS_SERVER_OPTION_VALIDATE_UTF8;
  info.pt_serv_buf_size = 65536;
  if (count == 4) {
    info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.ssl_cert_filepath = arguments[2];
    info.ssl_private_key_filepath = arguments[3];
  }
  lws_context* const context = lws_create_context(&info);
  if (context == nullptr) return 1;
  while (lws_service(context, 0) >= 0) {
  }
}
