package config

// DSN of the database.
var DSN string
