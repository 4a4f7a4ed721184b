// SPDX-License-Identifier: MIT
// The floor of tools/bench: what an echo costs without WebSocket. One thread, level-triggered epoll, one read and one
// write per readiness, bytes back as they came. The opening handshake is canned: it is right for the load's key only.
//
//   echo_floor PORT                    echoes bytes
//   echo_floor PORT --canned IN OUT    for every IN bytes one frame with OUT bytes of payload: the peer of clients
//   echo_floor PORT --broken           one byte of each read comes back wrong: what the tests must find
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace {

constexpr size_t kReadBytes = 256 * 1024;
constexpr int kMaxEvents = 256;
constexpr char kHead[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
constexpr size_t kAcceptAt = sizeof kHead - 1 - 4 - 28;
constexpr size_t kKeySize = 24;

struct Peer {
  bool open = false;
  size_t matched = 0;   // bytes of the empty line that ends the head
  size_t in = 0;        // --canned: bytes that are not answered yet
  std::string waiting;  // what a full socket did not take; nothing is read meanwhile
};

char bytes[kReadBytes];
std::vector<Peer> peers;
std::string canned;
size_t canned_in;
bool broken;
int poller;

[[noreturn]] void give_up(const char* what) {
  fprintf(stderr, "echo_floor: %s: %s\n", what, strerror(errno));
  exit(1);
}

void watch(int descriptor, int operation, uint32_t events) {
  epoll_event event = {};
  event.events = events;
  event.data.fd = descriptor;
  epoll_ctl(poller, operation, descriptor, &event);
}

void accept_all(int listener) {
  int descriptor;
  while ((descriptor = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (peers.size() <= static_cast<size_t>(descriptor)) peers.resize(static_cast<size_t>(descriptor) + 1);
    peers[static_cast<size_t>(descriptor)] = Peer();
    watch(descriptor, EPOLL_CTL_ADD, EPOLLIN);
  }
}

void end(int descriptor) {
  close(descriptor);
  peers[static_cast<size_t>(descriptor)] = Peer();
}

void write_out(int descriptor, const char* data, size_t size) {
  const ssize_t sent = send(descriptor, data, size, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return end(descriptor);
  const size_t taken = sent < 0 ? 0 : static_cast<size_t>(sent);
  if (taken == size) return;
  peers[static_cast<size_t>(descriptor)].waiting.assign(data + taken, size - taken);
  watch(descriptor, EPOLL_CTL_MOD, EPOLLOUT);
}

void write_waiting(int descriptor) {
  std::string& waiting = peers[static_cast<size_t>(descriptor)].waiting;
  const ssize_t sent = send(descriptor, waiting.data(), waiting.size(), MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN ? void() : end(descriptor);
  waiting.erase(0, static_cast<size_t>(sent));
  if (!waiting.empty()) return;
  waiting.shrink_to_fit();
  watch(descriptor, EPOLL_CTL_MOD, EPOLLIN);
}

// How many of the bytes belong to the head.
size_t skip_head(Peer* peer, size_t size) {
  constexpr char kEnd[] = "\r\n\r\n";
  for (size_t i = 0; i < size; ++i) {
    peer->matched = bytes[i] == kEnd[peer->matched] ? peer->matched + 1 : bytes[i] == '\r';
    if (peer->matched == 4) {
      peer->open = true;
      return i + 1;
    }
  }
  return size;
}

// Real clients choose their key, and look at the answer.
void send_head(int descriptor, size_t size) {
  std::string head = kHead;
  const std::string request(bytes, size);
  const size_t field = request.find("Sec-WebSocket-Key: ");
  if (canned_in != 0 && field != std::string::npos) {
    const std::string key = request.substr(field + 19, kKeySize) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[SHA_DIGEST_LENGTH], text[32];
    SHA1(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest);
    EVP_EncodeBlock(text, digest, sizeof digest);
    head.replace(kAcceptAt, 28, reinterpret_cast<char*>(text), 28);
  }
  write_out(descriptor, head.data(), head.size());
}

void answer(int descriptor, Peer* peer, size_t begin, size_t size) {
  if (canned_in == 0) {
    if (broken) bytes[size - 1] = static_cast<char>(bytes[size - 1] ^ 1);
    return write_out(descriptor, bytes + begin, size - begin);
  }
  peer->in += size - begin;
  const size_t frame = canned.size() / 1024;  // `canned` holds 1024 frames
  size_t count = peer->in / canned_in;
  peer->in %= canned_in;
  if (count > 1024) count = 1024;
  if (count != 0) write_out(descriptor, canned.data(), count * frame);
}

void read_in(int descriptor) {
  const ssize_t got = recv(descriptor, bytes, sizeof bytes, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return end(descriptor);
  Peer* const peer = &peers[static_cast<size_t>(descriptor)];
  const size_t size = static_cast<size_t>(got);
  size_t begin = 0;
  if (!peer->open) {
    begin = skip_head(peer, size);
    if (peer->open) send_head(descriptor, size);
  }
  if (begin < size) answer(descriptor, peer, begin, size);
}

int listen_at(uint16_t port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) give_up("bind");
  if (listen(listener, 4096) != 0) give_up("listen");
  return listener;
}

void make_canned(size_t in, size_t out) {
  std::string frame = "\x82";
  if (out < 126) {
    frame += static_cast<char>(out);
  } else {
    frame += '\x7e';
    frame += static_cast<char>(out >> 8);
    frame += static_cast<char>(out & 255);
  }
  for (size_t i = 0; i < out; ++i) frame += static_cast<char>('a' + i % 26);
  for (int i = 0; i < 1024; ++i) canned += frame;
  canned_in = in;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return fprintf(stderr, "usage: echo_floor PORT [--canned IN OUT | --broken]\n"), 1;
  if (count == 5 && strcmp(arguments[2], "--canned") == 0) {
    make_canned(strtoul(arguments[3], nullptr, 10), strtoul(arguments[4], nullptr, 10));
  }
  broken = count == 3 && strcmp(arguments[2], "--broken") == 0;
  poller = epoll_create1(EPOLL_CLOEXEC);
  const int listener = listen_at(static_cast<uint16_t>(atoi(arguments[1])));
  watch(listener, EPOLL_CTL_ADD, EPOLLIN);
  for (;;) {
    epoll_event events[kMaxEvents];
    const int found = epoll_wait(poller, events, kMaxEvents, -1);
    for (int i = 0; i < found; ++i) {
      const int descriptor = events[i].data.fd;
      if (descriptor == listener) {
        accept_all(listener);
      } else if ((events[i].events & EPOLLOUT) != 0) {
        write_waiting(descriptor);
      } else {
        read_in(descriptor);
      }
    }
  }
}
