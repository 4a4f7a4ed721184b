// SPDX-License-Identifier: MIT
// The floor of tools/bench: what an echo costs without WebSocket. One thread, level-triggered epoll, one read and one
// write per readiness, bytes back as they came. The opening handshake is canned: it is right for the load's key only.
//
//   echo_floor PORT [CERTIFICATE KEY]   echoes bytes; over TLS with a certificate (OpenSSL, its defaults)
//     --canned IN OUT                   for every IN bytes one frame with OUT bytes of payload: the peer of clients
//     --broadcast                       sends bytes to all connections, in place of back
//     --broken                          one byte of each read comes back wrong: what the tests must find
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <signal.h>
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
  SSL* ssl = nullptr;
  bool open = false;
  size_t matched = 0;   // bytes of the empty line that ends the head
  size_t in = 0;        // --canned: bytes that are not answered yet
  std::string waiting;  // what a full socket did not take; nothing is read meanwhile
};

char bytes[kReadBytes];
std::vector<Peer> peers;
std::string canned;
size_t canned_frames;
size_t canned_in;
bool broken;
bool broadcast;
int poller;
SSL_CTX* tls;

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
    Peer& peer = peers[static_cast<size_t>(descriptor)] = Peer();
    if (tls != nullptr) {
      peer.ssl = SSL_new(tls);
      SSL_set_fd(peer.ssl, descriptor);
      SSL_set_accept_state(peer.ssl);
    }
    watch(descriptor, EPOLL_CTL_ADD, EPOLLIN);
  }
}

void end(int descriptor) {
  Peer& peer = peers[static_cast<size_t>(descriptor)];
  SSL_free(peer.ssl);
  ERR_clear_error();  // else the next connection's errors are taken for this one's
  close(descriptor);
  peer = Peer();
}

// The results of OpenSSL in the form of recv() and send().
ssize_t result_of(SSL* ssl, int result) {
  if (result > 0) return result;
  const int error = SSL_get_error(ssl, result);
  errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : EPROTO;
  return error == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

ssize_t put(int descriptor, const char* data, size_t size) {
  SSL* const ssl = peers[static_cast<size_t>(descriptor)].ssl;
  if (ssl == nullptr) return send(descriptor, data, size, MSG_NOSIGNAL);
  return result_of(ssl, SSL_write(ssl, data, static_cast<int>(size)));
}

// Over TLS all whole records that have come: nothing may stay in OpenSSL, where epoll does not see it.
ssize_t get(int descriptor) {
  SSL* const ssl = peers[static_cast<size_t>(descriptor)].ssl;
  if (ssl == nullptr) return recv(descriptor, bytes, sizeof bytes, 0);
  size_t size = 0;
  ssize_t got = 0;
  do {
    got = result_of(ssl, SSL_read(ssl, bytes + size, static_cast<int>(sizeof bytes - size)));
    if (got > 0) size += static_cast<size_t>(got);
  } while (got > 0 && size + SSL3_RT_MAX_PLAIN_LENGTH <= sizeof bytes);
  return size != 0 ? static_cast<ssize_t>(size) : got;
}

void keep_waiting(int descriptor, std::string rest) {
  peers[static_cast<size_t>(descriptor)].waiting = std::move(rest);
  watch(descriptor, EPOLL_CTL_MOD, EPOLLOUT);
}

void write_out(int descriptor, const char* data, size_t size) {
  while (size != 0) {
    const ssize_t sent = put(descriptor, data, size);
    if (sent < 0 && errno != EAGAIN) return end(descriptor);
    if (sent < 0) return keep_waiting(descriptor, std::string(data, size));
    data += sent;
    size -= static_cast<size_t>(sent);
    if (size != 0 && tls == nullptr) return keep_waiting(descriptor, std::string(data, size));  // full
  }
}

void write_waiting(int descriptor) {
  std::string& waiting = peers[static_cast<size_t>(descriptor)].waiting;
  const ssize_t sent = put(descriptor, waiting.data(), waiting.size());
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

void send_to_all(const char* data, size_t size) {
  for (size_t i = 0; i < peers.size(); ++i) {
    if (peers[i].open) write_out(static_cast<int>(i), data, size);
  }
}

void answer(int descriptor, Peer* peer, size_t begin, size_t size) {
  if (canned_in == 0) {
    if (broadcast) return send_to_all(bytes + begin, size - begin);
    if (broken) bytes[size - 1] = static_cast<char>(bytes[size - 1] ^ 1);
    return write_out(descriptor, bytes + begin, size - begin);
  }
  peer->in += size - begin;
  size_t count = peer->in / canned_in;
  peer->in %= canned_in;
  if (count > canned_frames) count = canned_frames;
  if (count != 0) write_out(descriptor, canned.data(), count * (canned.size() / canned_frames));
}

void read_in(int descriptor) {
  const ssize_t got = get(descriptor);
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
  const int length_bytes = out < 126 ? 0 : out < 65536 ? 2 : 8;
  std::string frame = "\x82";
  frame += static_cast<char>(length_bytes == 0 ? out : length_bytes == 2 ? 126 : 127);
  for (int i = length_bytes; i-- > 0;) frame += static_cast<char>(static_cast<uint64_t>(out) >> (8 * i));
  for (size_t i = 0; i < out; ++i) frame += static_cast<char>('a' + i % 26);
  canned_frames = kReadBytes / in + 2;  // more than one read can ask for
  for (size_t i = 0; i < canned_frames; ++i) canned += frame;
  canned_in = in;
}

void use_certificate(const char* certificate, const char* key) {
  signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  tls = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (SSL_CTX_use_certificate_chain_file(tls, certificate) != 1) give_up(certificate);
  if (SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1) give_up(key);
}

void read_arguments(int count, char** arguments) {
  for (int i = 2; i < count; ++i) {
    if (strcmp(arguments[i], "--broken") == 0) {
      broken = true;
    } else if (strcmp(arguments[i], "--broadcast") == 0) {
      broadcast = true;
    } else if (strcmp(arguments[i], "--canned") == 0 && i + 2 < count) {
      make_canned(strtoul(arguments[i + 1], nullptr, 10), strtoul(arguments[i + 2], nullptr, 10));
      i += 2;
    } else if (i + 1 < count) {
      use_certificate(arguments[i], arguments[i + 1]);
      ++i;
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2)
    return fprintf(stderr, "usage: echo_floor PORT [CERTIFICATE KEY] [--canned IN OUT | --broken | --broadcast]\n"), 1;
  read_arguments(count, arguments);
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
