// Where the reader sees these pages.

/** Only this computer has that address. */
export const isLoopback = /^(localhost|127\.[\d.]+|\[::1\])$/.test(location.hostname);
