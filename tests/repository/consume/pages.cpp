// SPDX-License-Identifier: MIT
// Prints the table of whit_add_pages(): a line for each page, bytes in hexadecimal.
#include "whit_pages.h"

#include <stdio.h>

static void print(whit::Bytes bytes) {
  for (size_t i = 0; i < bytes.size; ++i) printf("%02x", bytes.data[i]);
  printf("|");
}

int main() {
  for (const whit::Page& page : pages) {
    const whit::Text texts[] = {page.path, page.type, page.tag, page.cache_control};
    for (const whit::Text& text : texts) printf("%.*s|", static_cast<int>(text.size), text.data);
    print(page.body);
    print(page.gzip);
    printf("\n");
  }
  return sizeof pages / sizeof pages[0] == page_count ? 0 : 1;
}
