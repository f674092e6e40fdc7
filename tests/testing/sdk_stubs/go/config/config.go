// Package config has the types of AWS's SDK that accessors use, and asks no store.
package config

import "context"

// Config is what a client is made of.
type Config struct{}

// LoadOptions are what settings may be told.
type LoadOptions struct{}

// LoadDefaultConfig returns settings.
func LoadDefaultConfig(ctx context.Context, optFns ...func(*LoadOptions) error) (Config, error) {
	return Config{}, nil
}
