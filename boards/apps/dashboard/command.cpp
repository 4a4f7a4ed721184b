// SPDX-License-Identifier: MIT
#include "command.h"

namespace dashboard {

namespace {

using whit::Text;

bool starts_with(const Text& text, const Text& start) {
  return text.size >= start.size && text.first(start.size) == start;
}

bool is_plain(const Text& text, size_t max_size) {
  if (text.empty() || text.size > max_size) return false;
  for (size_t i = 0; i < text.size; ++i) {
    const auto c = static_cast<uint8_t>(text[i]);
    if (c < 0x20 || c == 0x7F) return false;
  }
  return true;
}

}  // namespace

Command read_command(Text said) {
  const Text chat("chat ");
  Command command;
  if (said == Text("led on")) command.kind = Command::kLedOn;
  if (said == Text("led off")) command.kind = Command::kLedOff;
  if (!starts_with(said, chat)) return command;
  const Text rest = said.from(chat.size);
  size_t end = 0;
  while (end < rest.size && rest[end] != '\n') ++end;
  if (end == rest.size) return command;
  command.name = rest.first(end);
  command.text = rest.from(end + 1);
  if (is_plain(command.name, kMaxNameBytes) && is_plain(command.text, kMaxTextBytes)) command.kind = Command::kChat;
  return command;
}

}  // namespace dashboard
