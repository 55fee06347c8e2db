// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IERC3009} from "../interfaces/IERC3009.sol";

/// @title A dollar for local chains and tests: ERC-20, ERC-2612 and ERC-3009, 6 decimals, free for all
/// @dev Never worth anything: anyone may mint any amount. Plain rather than guarded, as the big stablecoins are.
contract TestUSD is IERC3009 {
    bytes32 private constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant PERMIT_TYPEHASH = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant TRANSFER_WITH_AUTHORIZATION_TYPEHASH = keccak256(
        "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,"
        "bytes32 nonce)"
    );
    bytes32 private constant RECEIVE_WITH_AUTHORIZATION_TYPEHASH = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,"
        "bytes32 nonce)"
    );

    string public constant name = "Test USD";
    string public constant symbol = "TUSD";
    /// @notice Base units are millionths.
    uint8 public constant decimals = 6;
    string private constant VERSION = "1";

    uint256 private immutable _bornOn;
    bytes32 private immutable _bornWith;

    uint256 public totalSupply;
    mapping(address account => uint256) private _balances;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    /// @notice The next ERC-2612 nonce of an account.
    mapping(address owner => uint256) public nonces;
    /// @notice Whether `nonce` of `authorizer` was used.
    mapping(address authorizer => mapping(bytes32 nonce => bool)) public authorizationState;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);
    event AuthorizationUsed(address indexed authorizer, bytes32 indexed nonce);

    error BalanceTooSmall(address account, uint256 balance, uint256 value);
    error AllowanceTooSmall(address owner, address spender, uint256 allowance, uint256 value);
    error PermitExpired(uint256 timestamp, uint256 deadline);
    error AuthorizationNotYetValid(uint256 timestamp, uint256 validAfter);
    error AuthorizationExpired(uint256 timestamp, uint256 validBefore);
    error AuthorizationSpent(address authorizer, bytes32 nonce);
    error AuthorizationRefused(address authorizer);
    error CallerNotPayee(address caller, address payee);

    constructor() {
        _bornOn = block.chainid;
        _bornWith = _buildSeparator();
    }

    /// @notice Makes `value` base units out of nothing for `to`.
    function mint(address to, uint256 value) external {
        totalSupply += value;
        unchecked {
            _balances[to] += value; // no more than the supply
        }
        emit Transfer(address(0), to, value);
    }

    /// @notice Base units of `account`.
    function balanceOf(address account) external view returns (uint256) {
        return _balances[account];
    }

    /// @notice Moves `value` of the caller's tokens.
    function transfer(address to, uint256 value) external returns (bool) {
        _transfer(msg.sender, to, value);
        return true;
    }

    /// @notice Moves `value` of the tokens of `from` under its allowance to the caller; the highest number never runs out.
    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        uint256 allowed = allowance[from][msg.sender];
        if (allowed != type(uint256).max) {
            if (allowed < value) revert AllowanceTooSmall(from, msg.sender, allowed, value);
            unchecked {
                allowance[from][msg.sender] = allowed - value;
            }
        }
        _transfer(from, to, value);
        return true;
    }

    /// @notice Lets `spender` move `value` of the caller's tokens.
    function approve(address spender, uint256 value) external returns (bool) {
        _approve(msg.sender, spender, value);
        return true;
    }

    /// @notice Lets `spender` move `value` on the signature of `owner` (ERC-2612).
    function permit(
        address owner,
        address spender,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        if (block.timestamp > deadline) revert PermitExpired(block.timestamp, deadline);
        bytes32 digest = _typed(
            keccak256(abi.encode(PERMIT_TYPEHASH, owner, spender, value, nonces[owner]++, deadline))
        );
        if (ECDSA.recover(digest, v, r, s) != owner) revert AuthorizationRefused(owner);
        _approve(owner, spender, value);
    }

    /// @notice Moves `value` on the signature of `from`; anyone may submit it.
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        bytes32 digest = _digest(TRANSFER_WITH_AUTHORIZATION_TYPEHASH, from, to, value, validAfter, validBefore, nonce);
        if (ECDSA.recover(digest, v, r, s) != from) revert AuthorizationRefused(from);
        _useInTime(from, validAfter, validBefore, nonce);
        _transfer(from, to, value);
    }

    /// @notice The same with any signature the wallet of `from` takes.
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external {
        bytes32 digest = _digest(TRANSFER_WITH_AUTHORIZATION_TYPEHASH, from, to, value, validAfter, validBefore, nonce);
        if (!SignatureChecker.isValidSignatureNow(from, digest, signature)) revert AuthorizationRefused(from);
        _useInTime(from, validAfter, validBefore, nonce);
        _transfer(from, to, value);
    }

    /// @inheritdoc IERC3009
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        if (msg.sender != to) revert CallerNotPayee(msg.sender, to);
        bytes32 digest = _digest(RECEIVE_WITH_AUTHORIZATION_TYPEHASH, from, to, value, validAfter, validBefore, nonce);
        if (ECDSA.recover(digest, v, r, s) != from) revert AuthorizationRefused(from);
        _useInTime(from, validAfter, validBefore, nonce);
        _transfer(from, to, value);
    }

    /// @inheritdoc IERC3009
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external {
        if (msg.sender != to) revert CallerNotPayee(msg.sender, to);
        bytes32 digest = _digest(RECEIVE_WITH_AUTHORIZATION_TYPEHASH, from, to, value, validAfter, validBefore, nonce);
        if (!SignatureChecker.isValidSignatureNow(from, digest, signature)) revert AuthorizationRefused(from);
        _useInTime(from, validAfter, validBefore, nonce);
        _transfer(from, to, value);
    }

    /// @notice The EIP-712 domain of permits and authorizations.
    // solhint-disable-next-line func-name-mixedcase
    function DOMAIN_SEPARATOR() public view returns (bytes32) {
        return block.chainid == _bornOn ? _bornWith : _buildSeparator();
    }

    function _transfer(address from, address to, uint256 value) private {
        uint256 balance = _balances[from];
        if (balance < value) revert BalanceTooSmall(from, balance, value);
        unchecked {
            _balances[from] = balance - value;
            _balances[to] += value; // no more than the supply
        }
        emit Transfer(from, to, value);
    }

    function _approve(address owner, address spender, uint256 value) private {
        allowance[owner][spender] = value;
        emit Approval(owner, spender, value);
    }

    function _digest(
        bytes32 typehash,
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce
    ) private view returns (bytes32) {
        return _typed(keccak256(abi.encode(typehash, from, to, value, validAfter, validBefore, nonce)));
    }

    function _useInTime(address from, uint256 validAfter, uint256 validBefore, bytes32 nonce) private {
        if (block.timestamp <= validAfter) revert AuthorizationNotYetValid(block.timestamp, validAfter);
        if (block.timestamp >= validBefore) revert AuthorizationExpired(block.timestamp, validBefore);
        if (authorizationState[from][nonce]) revert AuthorizationSpent(from, nonce);
        authorizationState[from][nonce] = true;
        emit AuthorizationUsed(from, nonce);
    }

    function _typed(bytes32 structHash) private view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", DOMAIN_SEPARATOR(), structHash));
    }

    function _buildSeparator() private view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    DOMAIN_TYPEHASH,
                    keccak256(bytes(name)),
                    keccak256(bytes(VERSION)),
                    block.chainid,
                    address(this)
                )
            );
    }
}
