// SPDX-License-Identifier: MIT
// The line that is edited on a terminal: readline in its callback form, so that the loop goes on while a person types.
// Whatever else is printed goes above that line, which is taken away and drawn again.
#pragma once

#include <string>
#include <string_view>

namespace whitcat {

class Editor {
 public:
  // Whether both ends of the program are a terminal on which a line can be edited.
  static bool possible();

  Editor();  // shows the prompt; one per program
  ~Editor();
  Editor(const Editor&) = delete;
  Editor& operator=(const Editor&) = delete;

  // Takes what was typed. To be called when standard input is readable.
  void read();
  // The next line that was entered; false: there is none.
  bool next(std::string* line);
  // Ctrl-D, or the terminal is gone.
  bool ended() const;

  // Prints lines above the one that is edited.
  void print(std::string_view lines);
  // Takes the line away for good and gives the terminal back as it was.
  void end();

 private:
  bool active_ = false;
};

}  // namespace whitcat
