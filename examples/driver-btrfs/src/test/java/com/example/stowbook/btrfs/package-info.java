@NullMarked
package com.example.stowbook.btrfs;

import org.jspecify.annotations.NullMarked;
