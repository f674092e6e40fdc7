// Package secretsmanager has the types of AWS's SDK that accessors use; its store is the folder that STUB_STORE names.
package secretsmanager

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
)

// Options are what a client may be told.
type Options struct{}

// Client asks the folder.
type Client struct{}

// GetSecretValueInput says what is asked for.
type GetSecretValueInput struct {
	SecretId     *string
	VersionId    *string
	VersionStage *string
}

// GetSecretValueOutput is what is answered.
type GetSecretValueOutput struct {
	Name         *string
	SecretBinary []byte
	SecretString *string
}

// NewFromConfig returns a client.
func NewFromConfig(cfg config.Config, optFns ...func(*Options)) *Client { return &Client{} }

type refused struct{ code string }

func (r refused) Error() string     { return "operation error Secrets Manager: " + r.code }
func (r refused) ErrorCode() string { return r.code }

// GetSecretValue returns what a file of the folder holds, as bytes where its name ends in .bin.
func (c *Client) GetSecretValue(ctx context.Context, params *GetSecretValueInput, optFns ...func(*Options)) (*GetSecretValueOutput, error) {
	path := filepath.Join(os.Getenv("STUB_STORE"), strings.ReplaceAll(*params.SecretId, "/", "_"))
	if data, err := os.ReadFile(path + ".bin"); err == nil {
		return &GetSecretValueOutput{Name: params.SecretId, SecretBinary: data}, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, refused{code: "ResourceNotFoundException"}
	}
	text := string(data)
	return &GetSecretValueOutput{Name: params.SecretId, SecretString: &text}, nil
}
