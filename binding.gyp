{
  "variables": {
    # In a git checkout a compiler's warning is an error; an installed package must also build with compilers to come.
    "posix_fork_checkout%": "<!(test -e .git && echo 1 || echo 0)"
  },
  "targets": [
    {
      "target_name": "posix_fork",
      "sources": ["<!@(find native -name '*.cc' -not -path '*/test/*' | LC_ALL=C sort)"],
      "include_dirs": ["native", "<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=9", "NAPI_CPP_EXCEPTIONS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20", "-Wno-unused-parameter"],
      "cflags!": ["-Wno-unused-parameter"],
      "cflags_cc": ["-std=c++17", "-Wall", "-Wextra", "-fvisibility=hidden"],
      # A pthread_atfork handler, or a thread that another Worker started, must never find the code unmapped.
      # The map's path is seen from build/, where make runs: an absolute one may have spaces in it.
      "ldflags": ["-Wl,-z,nodelete", "-Wl,-z,now", "-Wl,--version-script=../native/exports.map"],
      "conditions": [
        ["posix_fork_checkout==1", { "cflags_cc": ["-Werror"] }]
      ]
    }
  ]
}
