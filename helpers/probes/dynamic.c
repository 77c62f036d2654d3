// SPDX-License-Identifier: Apache-2.0
//
// A program that is linked to the image's C library, as in an image from base.
#include "image.h"
#include "libc.h"

int main(void) {
    check_image();
    check_libc();
    return checks_end();
}
