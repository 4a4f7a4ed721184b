// SPDX-License-Identifier: MIT
// wslay as an echo server: echo_wslay PORT. It has no opening handshake, so that is the canned one of the floor, and
// its loop is the floor's: level-triggered epoll.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wslay/wslay.h>

#include <string>

namespace {

constexpr int kMaxEvents = 256;
constexpr char kHead[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

struct Peer {
  int descriptor;
  wslay_event_context_ptr context = nullptr;
  bool watches_output = false;
  std::string head;
};

int poller;

ssize_t on_recv(wslay_event_context_ptr context, uint8_t* data, size_t size, int, void* user) {
  const ssize_t got = recv(static_cast<Peer*>(user)->descriptor, data, size, 0);
  if (got > 0) return got;
  const bool later = got < 0 && errno == EAGAIN;
  wslay_event_set_error(context, later ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
  return -1;
}

ssize_t on_send(wslay_event_context_ptr context, const uint8_t* data, size_t size, int flags, void* user) {
  const int more = (flags & WSLAY_MSG_MORE) != 0 ? MSG_MORE : 0;
  const ssize_t sent = send(static_cast<Peer*>(user)->descriptor, data, size, MSG_NOSIGNAL | more);
  if (sent >= 0) return sent;
  wslay_event_set_error(context, errno == EAGAIN ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
  return -1;
}

void on_message(wslay_event_context_ptr context, const wslay_event_on_msg_recv_arg* message, void*) {
  if (wslay_is_ctrl_frame(message->opcode)) return;
  const wslay_event_msg reply = {message->opcode, message->msg, message->msg_length};
  wslay_event_queue_msg(context, &reply);
}

void watch(Peer* peer, int operation, uint32_t events) {
  epoll_event event = {};
  event.events = events;
  event.data.ptr = peer;
  epoll_ctl(poller, operation, peer->descriptor, &event);
}

void accept_all(int listener) {
  int descriptor;
  while ((descriptor = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Peer* const peer = new Peer();
    peer->descriptor = descriptor;
    watch(peer, EPOLL_CTL_ADD, EPOLLIN);
  }
}

// false: the peer is gone.
bool open(Peer* peer) {
  char bytes[2048];
  const ssize_t got = recv(peer->descriptor, bytes, sizeof bytes, 0);
  if (got <= 0) return false;
  peer->head.append(bytes, static_cast<size_t>(got));
  if (peer->head.find("\r\n\r\n") == std::string::npos) return true;
  std::string().swap(peer->head);
  const wslay_event_callbacks callbacks = {on_recv, on_send, nullptr, nullptr, nullptr, nullptr, on_message};
  wslay_event_context_server_init(&peer->context, &callbacks, peer);
  wslay_event_config_set_max_recv_msg_length(peer->context, 1 << 24);
  return send(peer->descriptor, kHead, sizeof kHead - 1, MSG_NOSIGNAL) > 0;
}

bool serve(Peer* peer, uint32_t events) {
  if (peer->context == nullptr) return open(peer);
  if ((events & EPOLLIN) != 0 && wslay_event_recv(peer->context) != 0) return false;
  if (wslay_event_want_write(peer->context) && wslay_event_send(peer->context) != 0) return false;
  if (!wslay_event_want_read(peer->context) || (events & (EPOLLERR | EPOLLHUP)) != 0) return false;
  const bool output = wslay_event_want_write(peer->context) != 0;
  if (output != peer->watches_output) watch(peer, EPOLL_CTL_MOD, output ? EPOLLIN | EPOLLOUT : EPOLLIN);
  peer->watches_output = output;
  return true;
}

void end(Peer* peer) {
  if (peer->context != nullptr) wslay_event_context_free(peer->context);
  close(peer->descriptor);
  delete peer;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return 1;
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(atoi(arguments[1])));
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener, 4096) != 0)
    return 1;
  poller = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event = {};
  event.events = EPOLLIN;
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    epoll_event events[kMaxEvents];
    const int found = epoll_wait(poller, events, kMaxEvents, -1);
    for (int i = 0; i < found; ++i) {
      Peer* const peer = static_cast<Peer*>(events[i].data.ptr);
      if (peer == nullptr) {
        accept_all(listener);
      } else if (!serve(peer, events[i].events)) {
        end(peer);
      }
    }
  }
}
