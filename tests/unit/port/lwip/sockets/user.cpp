// SPDX-License-Identifier: MIT
// A file of a user that uses lwIP's sockets and Whit. all_headers.h names every public header; sockets_test.cpp writes
// it.
#if SOCKETS_FIRST
#include "lwip/sockets.h"
#endif
#if WITH_PORT
#include "whit/lwip/lwip_network.h"
#endif
#include "all_headers.h"
#if !SOCKETS_FIRST
#include "lwip/sockets.h"
#endif

void use_whit(whit::WebSocket socket, whit::Transport& transport, whit::Network& network, whit::Status* status) {
  uint8_t byte = 0;
  *status = socket.send("text");
  *status = socket.close();
  *status = socket.close(1000);
  *status = socket.close(1000, "bye");
  *status = socket.accept();
  *status = transport.read({&byte, 1}).status;
  *status = transport.write({&byte, 1}).status;
  *status = network.listen(0, "", 80, false);
  network.poll(0);
  network.accept(0, 0);
  network.connect(0, "name", 80, false, status);
}

#if !WITHOUT_NAMES
int use_sockets(int number) {
  const int other = socket(AF_INET, SOCK_STREAM, 0);
  if (listen(other, 1) != 0 || connect(other, nullptr, 0) != 0) return -1;
  send(accept(other, nullptr, nullptr), "x", 1, 0);
  shutdown(number, 0);
  return close(number);
}
#endif
