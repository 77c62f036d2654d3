// SPDX-License-Identifier: Apache-2.0
//
// A program that brings its own C library, as in an image from static.
//
//   static               looks at the image
//   static listen PORT   takes connections and closes them: something that a client can speak to, which answers nothing
#include "image.h"
#include <netinet/in.h>
#include <signal.h>

static volatile sig_atomic_t stopping;
static void stop(int signal) { stopping = signal; }

static int listens(int port) {
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 8)) return perror("listen"), 71;
    while (!stopping) {
        int client = accept(listener, NULL, NULL);
        if (client < 0) continue;
        // Something is read first, so that the other side sees an end and not a reset.
        char greeting[4096];
        struct timeval patience = {.tv_sec = 2};
        setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (read(client, greeting, sizeof greeting) < 0) perror("read");
        close(client);
    }
    return 0;
}

int main(int count, char **words) {
    if (count == 3 && !strcmp(words[1], "listen")) return listens(atoi(words[2]));
    check_image();
    return checks_end();
}
