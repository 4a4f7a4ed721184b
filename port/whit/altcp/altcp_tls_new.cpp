// SPDX-License-Identifier: MIT
// The two functions by which lwIP's clients ask for a connection over TLS. altcp leaves them to the layer that provides
// it; here that is a WebSocket, and whether there is TLS beneath is said by its URL. lwIP's own ones (altcp_alloc.c)
// belong to its layer over Mbed TLS and are not linked beside these.
#include "altcp_stream.h"
#include "lwip/altcp_tls.h"

#if !LWIP_ALTCP_TLS
#error "port/whit/altcp: Set LWIP_ALTCP_TLS to 1 in lwipopts.h"
#endif

extern "C" altcp_pcb* altcp_tls_new(altcp_tls_config* config, u8_t ip_type) {
  return whit::AltcpStream::allocate(config->stream, ip_type);
}

extern "C" altcp_pcb* altcp_tls_alloc(void* config, u8_t ip_type) {
  return altcp_tls_new(static_cast<altcp_tls_config*>(config), ip_type);
}
